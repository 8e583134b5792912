"""A small image and how payloads carry it."""

from base64 import b64decode, b64encode
from typing import Any

from collector.records.media import media_of

PNG = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
DIGITS = b64encode(PNG).decode()
URI = f"data:image/png;base64,{DIGITS}"
MEDIA_ID = media_of(PNG, "image/png", "bytes").media_id
OF_URI = f"@@@langfuseMedia:type=image/png|id={MEDIA_ID}|source=base64_data_uri@@@"
OF_OBJECT = f"@@@langfuseMedia:type=image/png|id={MEDIA_ID}|source=bytes@@@"
CONTENT = f"/api/public/media/{MEDIA_ID}"


def part(data: str = DIGITS) -> dict[str, Any]:
    """As Anthropic's messages carry an image."""
    return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}}
