"""Who writes in a conversation, where and when: the same for all its turns."""

import random
from dataclasses import dataclass
from typing import Final

from collector.seeding.topics import ENVIRONMENTS, TAGS, TOPICS, Topic

USERS_MAX: Final = 40
TURNS_MAX: Final = 6
_DAY_MS: Final = 86_400_000
_TURN_MS: Final = 150_000
_NAMES: Final = ("ana", "björn", "chloé", "dmitri", "eva", "fatima", "göran", "haruka", "ines")


@dataclass(frozen=True, slots=True)
class Conversation:
    """A session of one user about one topic."""

    id: str
    user_id: str
    environment: str
    tags: list[str]
    topic: Topic
    start_ms: int
    release: str

    def turn_ms(self, turn: int) -> int:
        """When a turn of it begins."""
        return self.start_ms + turn * _TURN_MS


def conversation(seed: str, number: int, now_ms: int, days: float) -> Conversation:
    """Conversation `number`; busier in daytime, and all of it in the past."""
    rng = random.Random(f"{seed}:conversation:{number}")  # noqa: S311 - nothing secret
    user = min(int(rng.paretovariate(0.8)) - 1, USERS_MAX - 1)
    back_ms = int(rng.random() * days * _DAY_MS) + TURNS_MAX * _TURN_MS
    return Conversation(
        id=f"session-{seed}-{number:05d}",
        user_id=f"{_NAMES[user % len(_NAMES)]}-{user:02d}@example.org",
        environment=rng.choice(ENVIRONMENTS),
        tags=sorted(rng.sample(TAGS, rng.randint(0, 3))),
        topic=rng.choice(TOPICS),
        start_ms=_daytime(now_ms - back_ms, now_ms - TURNS_MAX * _TURN_MS, rng),
        release=f"2026.{rng.randint(8, 11)}.{rng.randint(0, 3)}",
    )


def _daytime(time_ms: int, latest_ms: int, rng: random.Random) -> int:
    hour = time_ms // 3_600_000 % 24
    moved = time_ms + 8 * 3_600_000 if hour < 7 and rng.random() < 0.8 else time_ms
    return min(moved, latest_ms)
