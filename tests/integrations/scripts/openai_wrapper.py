"""The drop-in client for OpenAI that the Langfuse SDKs bring, of SDK 2 and of the current one."""
# mypy: disable-error-code="import-not-found"

from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from typing import Any

from chat import CHAT, MODEL, MODEL_URL, QUESTION, REFUSED, SESSION, STREAMED, with_tool_answer
from langfuse.openai import openai

_ABOUT: dict[str, Any] = {"name": "supper", "temperature": 0.5}
_WHOSE: dict[str, Any] = {"user_id": CHAT["user"], "session_id": SESSION, "tags": CHAT["tags"]}


def about() -> dict[str, Any]:
    """Where this generation of the SDK wants user, session and tags to be."""
    if version("langfuse").startswith("2."):
        return {**_ABOUT, **_WHOSE}
    return {**_ABOUT, "metadata": {f"langfuse_{name}": value for name, value in _WHOSE.items()}}


def main() -> None:
    client = openai.OpenAI(base_url=MODEL_URL, api_key="none", max_retries=0)
    create: Callable[..., Any] = client.chat.completions.create
    asked = {"model": MODEL, **about()}
    called = create(messages=QUESTION, tools=[CHAT["tool"]], **asked)
    create(messages=with_tool_answer(called.choices[0].message), **asked)
    for _ in create(
        messages=STREAMED, stream=True, stream_options={"include_usage": True}, **asked
    ):
        pass
    with suppress(openai.BadRequestError):
        create(messages=REFUSED, **asked)
    client.embeddings.create(model=CHAT["embedding_model"], input=CHAT["embedded"])
    flush()


def flush() -> None:
    if version("langfuse").startswith("2."):
        openai.flush_langfuse()
    else:
        from langfuse import get_client

        get_client().flush()


if __name__ == "__main__":
    main()
