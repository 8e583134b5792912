"""Attempts per minute."""

from web.login_limits import KEYS_MAX, AttemptLimit


class Clock:
    """Stands still until told otherwise."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_five_attempts_then_wait_for_the_minute() -> None:
    clock = Clock()
    limit = AttemptLimit(5, clock)
    assert [limit.wait_seconds("a") for _ in range(5)] == [0] * 5
    clock.now = 20
    assert limit.wait_seconds("a") == 40
    clock.now = 60
    assert limit.wait_seconds("a") == 0


def test_one_key_does_not_hold_up_another() -> None:
    limit = AttemptLimit(1)
    limit.wait_seconds("a")
    assert limit.wait_seconds("b") == 0


def test_success_begins_anew() -> None:
    limit = AttemptLimit(1)
    limit.wait_seconds("a")
    limit.forget("a")
    assert limit.wait_seconds("a") == 0


def test_memory_is_bounded_and_the_busiest_stay_known() -> None:
    limit = AttemptLimit(2)
    limit.wait_seconds("busy")
    for number in range(KEYS_MAX + 10):
        limit.wait_seconds(number)
        limit.wait_seconds("busy")
    assert limit.wait_seconds("busy") > 0
    assert limit.wait_seconds(0) == 0
