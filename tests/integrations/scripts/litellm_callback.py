"""litellm with the callback named by the first argument: `langfuse` or `langfuse_otel`."""
# mypy: disable-error-code="import-not-found"

import sys
import time
from contextlib import suppress
from typing import Any

import litellm
from chat import CHAT, MODEL, MODEL_URL, QUESTION, REFUSED, SESSION, STREAMED, with_tool_answer

_SETTLING_SECONDS = 2  # callbacks run in threads of their own that cannot be waited for


def main(callback: str) -> None:
    if callback == "langfuse":
        litellm.success_callback = litellm.failure_callback = [callback]
    else:
        litellm.callbacks = [callback]
    called = complete(QUESTION, tools=[CHAT["tool"]])
    complete(with_tool_answer(called.choices[0].message))
    for _ in complete(STREAMED, stream=True, stream_options={"include_usage": True}):
        pass
    with suppress(litellm.BadRequestError):
        complete(REFUSED)
    time.sleep(_SETTLING_SECONDS)
    if callback == "langfuse_otel":
        flush_spans()


def complete(messages: list[Any], **more: Any) -> Any:
    # a new one for each call: litellm notes in it what it has already sent
    metadata = {
        "generation_name": "supper",
        "trace_name": "supper-trace",
        "trace_user_id": CHAT["user"],
        "session_id": SESSION,
        "tags": CHAT["tags"],
    }
    return litellm.completion(
        model=f"openai/{MODEL}",
        api_base=MODEL_URL,
        api_key="none",
        messages=messages,
        metadata=metadata,
        temperature=0.5,
        max_retries=0,
        num_retries=0,
        **more,
    )


def flush_spans() -> None:
    for callback in litellm.callbacks:
        provider = getattr(callback, "tracer_provider", None) or getattr(
            callback, "_tracer_provider", None
        )
        if provider is not None:
            provider.force_flush()


if __name__ == "__main__":
    main(sys.argv[1])
