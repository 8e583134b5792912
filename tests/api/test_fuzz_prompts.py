"""Prompts of any content, on PostgreSQL, which refuses texts that others take."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api.test_fuzz import TEXTS, VALUES, encoded, quoted
from tests.api.wire import Wire
from tests.servers.fixtures import StartService

PROMPTS = "/api/public/v2/prompts"
TAGS = st.builds("@@@langfusePrompt:name={}|{}@@@".format, TEXTS | st.just("p"), TEXTS)
BODIES = TEXTS | TAGS | st.just("@@@langfusePrompt:name=p|version=1@@@{{a}}")
MESSAGES = st.lists(
    st.fixed_dictionaries({"role": TEXTS, "content": BODIES})
    | st.fixed_dictionaries({"type": st.just("placeholder"), "name": TEXTS | st.just("a")})
    | VALUES,
    max_size=3,
)
LIKELY = st.fixed_dictionaries(
    {"name": st.sampled_from(("p", "q", "f/r")) | TEXTS, "prompt": BODIES | MESSAGES},
    optional={
        "type": st.sampled_from(("text", "chat")) | VALUES,
        "labels": st.lists(st.sampled_from(("production", "a")), max_size=3) | VALUES,
        "tags": st.lists(TEXTS, max_size=3) | VALUES,
        "config": VALUES,
        "commitMessage": TEXTS | VALUES,
        "isActive": st.booleans() | VALUES,
    },
)
LABELS = st.fixed_dictionaries({"newLabels": st.lists(TEXTS, max_size=3)}) | VALUES


def test_any_prompt_is_made_read_labelled_and_deleted_or_refused(
    start_service: StartService, postgres_url: str
) -> None:
    wire = Wire(start_service(DATABASE_URL=postgres_url))
    made: list[str] = []

    @settings(max_examples=80)
    @given(new=LIKELY | VALUES, labels=LABELS, text=TEXTS, version=st.integers() | TEXTS)
    def check(new: Any, labels: Any, text: str, version: Any) -> None:
        reply = wire.post(PROMPTS, encoded(new))
        assert reply.status in (201, 400)
        assert wire.post("/api/public/prompts", encoded(new)).status in (201, 400)
        if reply.status == 201:
            made.append(reply.body["name"])
        name, other = quoted(made[-1] if made else "p"), quoted(text) or "none"
        number = quoted(str(version)) or "1"
        for path in (
            f"{PROMPTS}/{name}?version={number}",
            f"{PROMPTS}/{other}?label={other}",
            f"{PROMPTS}?name={other}&label={other}&tag={other}&version={number}",
            f"/api/public/prompts?name={other}&version={number}",
        ):
            assert wire.get(path).status in (200, 400, 404, 409)
        for path in (f"{PROMPTS}/{name}/versions/1", f"{PROMPTS}/{other}/versions/{number}"):
            changed = wire.send("PATCH", path, encoded(labels), content_type="application/json")
            assert changed.status in (200, 400, 404)
        gone = wire.send("DELETE", f"{PROMPTS}/{other}?label={other}", b"")
        assert gone.status in (204, 400, 404)

    check()
    listed = wire.get(f"{PROMPTS}?limit=100").body["meta"]["totalItems"]
    wire.close()

    assert listed > 0
    assert len(made) > 5
