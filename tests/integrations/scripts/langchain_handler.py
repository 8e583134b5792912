"""LangChain with the handler of Langfuse SDK 2 or of the current one."""
# mypy: disable-error-code="import-not-found"

from contextlib import suppress
from importlib.metadata import version
from typing import Any

from chat import CHAT, MODEL, MODEL_URL, SESSION, get_weather
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.runnables import RunnableConfig, RunnableLambda
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from openai import BadRequestError

_MODEL = ChatOpenAI(
    model=MODEL,
    base_url=MODEL_URL,
    api_key="none",
    temperature=0.5,
    max_retries=0,
    stream_usage=True,
)
_TOOL = tool(get_weather)


def supper(question: str, config: RunnableConfig) -> str:
    """Model, tool, model, as children of one run."""
    messages: list[Any] = [SystemMessage(CHAT["system"]), HumanMessage(question)]
    called = _MODEL.bind_tools([_TOOL]).invoke(messages, config)
    said = _TOOL.invoke(called.tool_calls[0], config)
    return str(_MODEL.invoke([*messages, called, said], config).content)


def main() -> None:
    handler, config = prepared()
    RunnableLambda(supper).invoke(CHAT["question"], {**config, "run_name": "supper"})
    for _ in _MODEL.stream(CHAT["streamed"], {**config, "run_name": "supper-streamed"}):
        pass
    with suppress(BadRequestError):
        _MODEL.invoke(CHAT["refused"], {**config, "run_name": "supper-refused"})
    handler()


def prepared() -> tuple[Any, RunnableConfig]:
    """How to flush, and the configuration of every run."""
    if version("langfuse").startswith("2."):
        from langfuse.callback import CallbackHandler

        whose = {"user_id": CHAT["user"], "session_id": SESSION, "tags": CHAT["tags"]}
        handler = CallbackHandler(**whose)
        return handler.flush, {"callbacks": [handler]}
    from langfuse import get_client
    from langfuse.langchain import CallbackHandler as Current

    whose = {
        "langfuse_user_id": CHAT["user"],
        "langfuse_session_id": SESSION,
        "langfuse_tags": CHAT["tags"],
    }
    return get_client().flush, {"callbacks": [Current()], "metadata": whose}


if __name__ == "__main__":
    main()
