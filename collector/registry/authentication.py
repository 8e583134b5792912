"""Who a request comes from: memory first, then the mirror, then the registry itself.

A key that the mirror knows never waits for PostgreSQL. An unknown one is asked for, and a refusal
remembered for some seconds.
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from collector import metrics
from collector.errors import Unauthorized, Unavailable
from collector.registry.access import Access, Claim, Level, fast_hash, read_claim, rejected
from collector.registry.known import KeyLookup, KnownKey
from collector.registry.mirror import Mirror

_RECENT_MAX: Final = 1_000
_RECENT_SECONDS: Final = 5.0

Find = Callable[[KeyLookup], Awaitable[KnownKey | None]]


class Authentication:
    """Turns headers into `Access`."""

    def __init__(self, find: Find, mirror: Mirror, *, salt: str, stale_seconds_max: float) -> None:
        self._find = find
        self._mirror = mirror
        self._salt = salt
        self._stale_seconds_max = stale_seconds_max
        self.changes = 0
        self._recent: OrderedDict[KeyLookup, tuple[float, KnownKey | None]] = OrderedDict()

    async def authenticate(self, authorization: str | None) -> Access:
        """Raises Unauthorized in the SDKs' words, Unavailable when nobody can say."""
        try:
            access = await self._authenticated(authorization)
        except Unauthorized:
            metrics.AUTH.labels("refused").inc()
            raise
        except Unavailable:
            metrics.AUTH.labels("unavailable").inc()
            raise
        metrics.AUTH.labels("accepted").inc()
        return access

    async def _authenticated(self, authorization: str | None) -> Access:
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

    def _mirrored(self, lookup: KeyLookup) -> KnownKey | None:
        age_seconds = self._mirror.age_seconds()
        if age_seconds is None or age_seconds > self._stale_seconds_max:
            return None
        key = self._mirror.key(lookup)
        if key is not None:
            self._remember(lookup, key)
        return key

    async def _asked(self, lookup: KeyLookup) -> KnownKey | None:
        """What changes during the question makes the answer good for this once only."""
        changes = self.changes
        try:
            key = await self._find(lookup)
        except Unavailable as error:
            raise Unavailable from error
        if self.changes == changes:
            self._remember(lookup, key)
            if key is not None:
                # A full disk only costs the shortcut.
                with suppress(Unavailable):
                    self._mirror.add_key(key)
        return key

    def _lookup(self, claim: Claim) -> KeyLookup:
        if claim.secret is None:
            return KeyLookup(False, claim.public_key)
        return KeyLookup(True, fast_hash(claim.secret, self._salt))

    def _remembered(self, lookup: KeyLookup) -> tuple[bool, KnownKey | None]:
        until, key = self._recent.get(lookup, (0.0, None))
        return until > time.monotonic(), key

    def _remember(self, lookup: KeyLookup, key: KnownKey | None) -> None:
        self._recent[lookup] = (time.monotonic() + _RECENT_SECONDS, key)
        self._recent.move_to_end(lookup)
        if len(self._recent) > _RECENT_MAX:
            self._recent.popitem(last=False)


def _access(claim: Claim, key: KnownKey | None) -> Access:
    if claim.secret is None:
        if key is None or key.project_id is None:
            raise rejected("Invalid public key")
        return Access("scores", key.project_id, key.organisation_id, key.public_key)
    if key is None:
        raise rejected("Invalid credentials")
    level: Level = "organization" if key.project_id is None else "project"
    return Access(level, key.project_id, key.organisation_id, key.public_key)
