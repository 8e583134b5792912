"""Addresses of media that anybody may follow until they expire, signed so that nobody makes one."""

import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

from collector.records.media import EXTENSIONS, is_media_id

# Equal addresses for ten minutes, so that browsers need not ask again for what they have.
_STEP_SECONDS: Final = 600


@dataclass(frozen=True, slots=True)
class Address:
    """What an address leads to, and until when."""

    project_id: str
    media_id: str
    content_type: str
    expires_s: int


class Signer:
    """Its key is made of the service's secret, and good for nothing else."""

    def __init__(self, secret: str, valid_seconds: float) -> None:
        self._key = hmac.digest(secret.encode(), b"understudy: addresses of media", "sha256")
        self._valid_seconds = int(valid_seconds)

    def sign(self, project_id: str, media_id: str, content_type: str) -> tuple[str, Address]:
        """The path with its query, below the service's base path."""
        begun = int(time.time()) // _STEP_SECONDS * _STEP_SECONDS
        address = Address(
            project_id, media_id, content_type, begun + self._valid_seconds + _STEP_SECONDS
        )
        query = {
            "project": project_id,
            "type": content_type,
            "expires": address.expires_s,
            "signature": self._signature(address),
        }
        path = f"/api/public/media/{quote(media_id, safe='')}/content?{urlencode(query)}"
        return path, address

    def read(self, media_id: str, query: Mapping[str, str]) -> Address | None:
        """None when the address was not made here; it may have expired."""
        expires = query.get("expires", "")
        if not (expires.isascii() and expires.isdigit() and len(expires) < 12):
            return None
        content_type = query.get("type", "")
        if content_type not in EXTENSIONS or not is_media_id(media_id):
            return None
        address = Address(query.get("project", ""), media_id, content_type, int(expires))
        sent = query.get("signature", "").encode()
        return address if hmac.compare_digest(sent, self._signature(address).encode()) else None

    def _signature(self, address: Address) -> str:
        named = (
            address.project_id,
            address.media_id,
            address.content_type,
            str(address.expires_s),
        )
        # Lengths keep one field from running into the next.
        text = "".join(f"{len(part)}:{part}" for part in named)
        return hmac.digest(self._key, text.encode("utf-8", "replace"), "sha256").hex()
