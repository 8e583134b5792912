"""Every published generation of the SDKs makes, finds, labels and links the same prompts."""

from typing import Any

import pytest

from tests.contract.turns import asking, get, run_any
from tests.servers.fixtures import StartService

pytestmark = pytest.mark.timeout(300)

SCRIPTS = {
    **dict.fromkeys(("py2", "py3", "py4", "py5"), "prompts.py"),
    "js-3": "prompts3.mjs",
    "js-4": "prompts5.mjs",
    "js-5": "prompts5.mjs",
}
TEXT = {"name": "texts/greeting", "tags": ["de"]}
FIRST = {**TEXT, "version": 1, "prompt": "Hello {{name}}", "config": {"temperature": 0.2}}
SECOND = {**TEXT, "version": 2, "prompt": "Hi {{name}}", "config": {}}
CHAT = {
    "name": "chats/greeting 1",
    "version": 1,
    "config": {},
    "labels": ["production", "latest"],
    "tags": [],
}


@pytest.mark.parametrize("generation", SCRIPTS)
def test_prompts_go_round(start_service: StartService, node: str, generation: str) -> None:
    service = start_service()
    told, _ = run_any(SCRIPTS[generation], generation, service, node, {})
    messages = [
        {key: message[key] for key in ("role", "content")} for message in told["chat"].pop("prompt")
    ]

    assert told["production"] == {**FIRST, "labels": ["production"]}
    assert told["staging"] == {**SECOND, "labels": ["staging", "latest"]}
    assert told["version"] == told["production"]
    assert told["chat"] == CHAT
    assert messages == [
        {"role": "system", "content": "You are {{who}}"},
        {"role": "user", "content": "{{question}}"},
    ]
    assert told["moved"] == {**SECOND, "labels": ["production", "staging", "latest"]}
    assert (told["said"], told["fallback"]) == ("Hello Ada", "instead")
    with asking(service) as http:
        observation: dict[str, Any] = get(http, f"/api/public/observations/{told['linked']}")
        prompt = get(http, "/api/public/v2/prompts/texts%2Fgreeting", {"version": "1"})
    assert (observation["promptName"], observation["promptVersion"]) == ("texts/greeting", 1)
    assert observation["promptId"] == prompt["id"]
    assert prompt["commitMessage"] == "first"
