"""An agent of pydantic-ai, instrumented by logfire, which exports where variables say."""
# mypy: disable-error-code="import-not-found"

import asyncio

import logfire
from chat import CHAT, MODEL, MODEL_URL, SESSION, get_weather
from pydantic_ai import Agent
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider


def about(name: str) -> logfire.LogfireSpan:
    """A span of the application that says whose the chat is."""
    whose = {"session.id": SESSION, "user.id": CHAT["user"], "langfuse.trace.tags": CHAT["tags"]}
    return logfire.span(name, **whose)


async def main() -> None:
    # its scrubbing takes a session id for a secret
    logfire.configure(send_to_logfire=False, console=False, scrubbing=False)
    logfire.instrument_pydantic_ai()
    model = OpenAIChatModel(MODEL, provider=OpenAIProvider(base_url=MODEL_URL, api_key="none"))
    cook = Agent(model, name="cook", system_prompt=CHAT["system"], tools=[get_weather])
    with about("supper"):
        await cook.run(CHAT["question"])
    with about("supper-streamed"):
        async with cook.run_stream(CHAT["streamed"]) as streamed:
            await streamed.get_output()
    try:
        with about("supper-refused"):
            await cook.run(CHAT["refused"])
    except ModelHTTPError:
        pass
    logfire.force_flush()


if __name__ == "__main__":
    asyncio.run(main())
