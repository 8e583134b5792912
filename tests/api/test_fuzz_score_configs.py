"""Score configs of any content, on PostgreSQL, which refuses texts that others take."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.registry.score_config_rules import DATA_TYPES
from tests.api.test_fuzz import TEXTS, VALUES, encoded, quoted
from tests.api.wire import Wire
from tests.servers.fixtures import StartService

CONFIGS = "/api/public/score-configs"
NUMBERS = st.integers() | st.floats(allow_nan=False)
CATEGORIES = st.lists(st.fixed_dictionaries({"label": TEXTS, "value": NUMBERS}), max_size=3)
LIKELY = st.fixed_dictionaries(
    {"name": TEXTS | st.just("quality"), "dataType": st.sampled_from(DATA_TYPES)},
    optional={
        "description": TEXTS | VALUES,
        "minValue": NUMBERS | VALUES,
        "maxValue": NUMBERS | VALUES,
        "categories": CATEGORIES | VALUES,
        "isArchived": st.booleans() | VALUES,
    },
)


def test_any_config_is_made_changed_or_refused(
    start_service: StartService, postgres_url: str
) -> None:
    wire = Wire(start_service(DATABASE_URL=postgres_url, UNDERSTUDY_SCORE_CONFIGS_MAX="100000"))
    made: list[str] = []

    @settings(max_examples=60)
    @given(new=LIKELY | VALUES, change=LIKELY | VALUES, unknown_id=TEXTS)
    def check(new: Any, change: Any, unknown_id: str) -> None:
        reply = wire.post(CONFIGS, encoded(new))
        assert reply.status in (200, 400)
        if reply.status == 200:
            made.append(reply.body["id"])
        config_id = made[-1] if made else "none"
        for name in (config_id, quoted(unknown_id) or "none"):
            path = f"{CONFIGS}/{name}"
            changed = wire.send("PATCH", path, encoded(change), content_type="application/json")
            assert changed.status in (200, 400, 404)

    check()
    listed = wire.get(f"{CONFIGS}?limit=1").body["meta"]["totalItems"]
    wire.close()

    assert listed == len(made) > 0
