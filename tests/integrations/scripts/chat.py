"""What every script says to the model, and with which tool."""

import json
import os
from pathlib import Path
from typing import Any

CHAT: dict[str, Any] = json.loads((Path(__file__).parent / "chat.json").read_text())
MODEL: str = CHAT["model"]
MODEL_URL = os.environ["MODEL_URL"]
SESSION = os.environ["SESSION"]
QUESTION = [
    {"role": "system", "content": CHAT["system"]},
    {"role": "user", "content": CHAT["question"]},
]
STREAMED = [{"role": "user", "content": CHAT["streamed"]}]
REFUSED = [{"role": "user", "content": CHAT["refused"]}]


def get_weather(city: str) -> str:
    """The weather of a city."""
    return str(CHAT["weather"]) if city else ""


def with_tool_answer(message: Any) -> list[Any]:
    """The question, the model's call and what the tool said."""
    call = message.tool_calls[0]
    said = get_weather(**json.loads(call.function.arguments))
    answer = {"role": "tool", "tool_call_id": call.id, "content": said}
    return [*QUESTION, message.model_dump(exclude_none=True), answer]
