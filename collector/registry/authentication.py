"""Who a request comes from: memory first, then the mirror, then the registry itself.

A key that the mirror knows never waits for PostgreSQL. An unknown one is asked for, and a refusal
remembered for some seconds.
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from collector.errors import Unavailable
from collector.registry import keys
from collector.registry.access import Access, Claim, Level, fast_hash, read_claim, rejected
from collector.registry.database import Work
from collector.registry.keys import KnownKey
from collector.registry.mirror import Mirror

_RECENT_MAX: Final = 1_000
_RECENT_SECONDS: Final = 5.0

Run = Callable[[Work[KnownKey | None]], Awaitable[KnownKey | None]]


@dataclass(frozen=True)
class _Lookup:
    """How a key is searched: by its secret's hash or by its public key."""

    by_secret: bool
    value: str


class Authentication:
    """Turns headers into `Access`."""

    def __init__(self, run: Run, mirror: Mirror, *, salt: str, stale_seconds_max: float) -> None:
        self._run = run
        self._mirror = mirror
        self._salt = salt
        self._stale_seconds_max = stale_seconds_max
        self.changes = 0
        self._recent: OrderedDict[_Lookup, tuple[float, KnownKey | None]] = OrderedDict()

    async def authenticate(self, authorization: str | None) -> Access:
        """Raises Unauthorized in the SDKs' words, Unavailable when nobody can say."""
        claim = read_claim(authorization)
        lookup = self._lookup(claim)
        known, key = self._remembered(lookup)
        if not known:
            key = self._mirrored(lookup) or await self._asked(lookup)
        return _access(claim, key)

    def forget(self) -> None:
        """Keys have changed: what is remembered, good or bad, no longer counts."""
        self.changes += 1
        self._recent.clear()

    def _mirrored(self, lookup: _Lookup) -> KnownKey | None:
        age_seconds = self._mirror.age_seconds()
        if age_seconds is None or age_seconds > self._stale_seconds_max:
            return None
        key = self._in_mirror(lookup)
        if key is not None:
            self._remember(lookup, key)
        return key

    async def _asked(self, lookup: _Lookup) -> KnownKey | None:
        """What changes during the question makes the answer good for this once only."""
        changes = self.changes
        try:
            key = await self._run(lambda connection: _in_registry(connection, lookup))
        except Unavailable as error:
            raise Unavailable from error
        if self.changes == changes:
            self._remember(lookup, key)
            if key is not None:
                # A full disk only costs the shortcut.
                with suppress(Unavailable):
                    self._mirror.add_key(key)
        return key

    def _lookup(self, claim: Claim) -> _Lookup:
        if claim.secret is None:
            return _Lookup(False, claim.public_key)
        return _Lookup(True, fast_hash(claim.secret, self._salt))

    def _in_mirror(self, lookup: _Lookup) -> KnownKey | None:
        if lookup.by_secret:
            return self._mirror.key_by_hash(lookup.value)
        return self._mirror.key_by_public_key(lookup.value)

    def _remembered(self, lookup: _Lookup) -> tuple[bool, KnownKey | None]:
        until, key = self._recent.get(lookup, (0.0, None))
        return until > time.monotonic(), key

    def _remember(self, lookup: _Lookup, key: KnownKey | None) -> None:
        self._recent[lookup] = (time.monotonic() + _RECENT_SECONDS, key)
        self._recent.move_to_end(lookup)
        if len(self._recent) > _RECENT_MAX:
            self._recent.popitem(last=False)


async def _in_registry(connection: AsyncConnection, lookup: _Lookup) -> KnownKey | None:
    if lookup.by_secret:
        return await keys.find_by_hash(connection, lookup.value)
    return await keys.find_by_public_key(connection, lookup.value)


def _access(claim: Claim, key: KnownKey | None) -> Access:
    if claim.secret is None:
        if key is None or key.project_id is None:
            raise rejected("Invalid public key")
        return Access("scores", key.project_id, key.organisation_id, key.public_key)
    if key is None:
        raise rejected("Invalid credentials")
    level: Level = "organization" if key.project_id is None else "project"
    return Access(level, key.project_id, key.organisation_id, key.public_key)
