"""What an application with an instrumented client for OpenAI does."""
# mypy: disable-error-code="import-not-found"

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import openai
from chat import CHAT, MODEL, MODEL_URL, QUESTION, REFUSED, STREAMED, with_tool_answer


def make() -> None:
    """A chat with a tool, a stream, an error and an embedding."""
    client = openai.OpenAI(base_url=MODEL_URL, api_key="none", max_retries=0)
    create: Callable[..., Any] = client.chat.completions.create
    asked = {"model": MODEL, "temperature": 0.5}
    called = create(messages=QUESTION, tools=[CHAT["tool"]], **asked)
    create(messages=with_tool_answer(called.choices[0].message), **asked)
    for _ in create(
        messages=STREAMED, stream=True, stream_options={"include_usage": True}, **asked
    ):
        pass
    with suppress(openai.BadRequestError):
        create(messages=REFUSED, **asked)
    client.embeddings.create(model=CHAT["embedding_model"], input=CHAT["embedded"])
