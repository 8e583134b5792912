"""What each integration must have left: one row per observation.

Worked out from what the integration sends and from the contract: who counts cached and reasoning
tokens apart and who does not is the integration's choice.
"""

from typing import Any, Final, NamedTuple

from tests.integrations.model_endpoint import ANSWERING_MODEL, EMBEDDING_MODEL, MODEL

Usage = dict[str, int]


def _usage(**tokens: int) -> Usage:
    return dict(sorted(tokens.items()))


# 120 tokens asked, of them 40 cached; 30 answered, of them 10 reasoned.
_APART: Final = _usage(
    input=80, input_cached_tokens=40, output=20, output_reasoning_tokens=10, total=150
)
_LANGCHAIN: Final = _usage(input=80, input_cache_read=40, output=20, output_reasoning=10, total=150)
_GROSS: Final = _usage(
    cache_creation_input_tokens=0, cache_read_input_tokens=0, input=120, output=30, total=150
)
# Cached tokens are taken off the input, reasoning is not taken off the output.
_NET_INPUT: Final = _usage(
    cache_creation_input_tokens=0, cache_read_input_tokens=40, input=80, output=30, total=150
)
# Reasoning under a name that is not subtracted; with no total told, all buckets make it.
_SUMMED: Final = _usage(input=80, input_cached_tokens=40, output=30, reasoning_tokens=10, total=160)
_TOLD: Final = {**_SUMMED, "total": 150}
_STREAM_TOLD: Final = _usage(input=80, input_cached_tokens=40, output=30, total=150)
_EMBEDDED: Final = _usage(input=5, total=5)
_NOTHING_COUNTED: Final = _usage(input=0, output=0, total=0)


class Row(NamedTuple):
    """An observation without its payloads."""

    type: str
    name: str
    parent: str | None = None
    model: str | None = None
    usage: Usage | None = None
    level: str = "DEFAULT"
    first_token: bool = False


def row_of(observation: dict[str, Any], names: dict[str, str]) -> Row:
    """`names` are those of the run's observations by id."""
    parent = observation["parentObservationId"]
    return Row(
        observation["type"],
        observation["name"],
        None if parent is None else names.get(parent, "(unknown)"),
        observation["model"],
        _usage(**observation["usageDetails"]) or None,
        observation["level"],
        observation["completionStartTime"] is not None,
    )


def _generation(name: str, parent: str | None, usage: Usage, model: str = ANSWERING_MODEL) -> Row:
    return Row("GENERATION", name, parent, model, usage)


def _refused(name: str, parent: str | None = None, model: str | None = MODEL) -> Row:
    return Row("GENERATION", name, parent, model, level="ERROR")


def _first_token(row: Row) -> Row:
    return row._replace(first_token=True)


def _openai_wrapper() -> list[Row]:
    answered = _generation("supper", None, _APART)
    return [answered, answered, _first_token(answered), _refused("supper")]


def _langchain(run: str, tool: str) -> list[Row]:
    answered = _generation("ChatOpenAI", "supper", _LANGCHAIN)
    return [
        Row(run, "supper"),
        answered,
        Row(tool, "get_weather", "supper"),
        answered,
        # a stream's chunks do not name the model that answers
        _first_token(_generation("supper-streamed", None, _LANGCHAIN, MODEL)),
        _refused("supper-refused"),
    ]


def _litellm_otel() -> list[Row]:
    # litellm tells when the completion started for every call, streamed or not
    answered = _first_token(_generation("supper", None, _APART))
    # the request as the provider saw it, below each call that succeeded
    raw = Row("SPAN", "supper", "supper")
    return [
        *(answered, raw, answered, raw),
        *(answered._replace(model=MODEL), raw),
        _refused("supper"),
    ]


def _pydantic_ai() -> list[Row]:
    chat = f"chat {MODEL}"
    answered = _generation(chat, "cook run", _SUMMED)
    return [
        Row("SPAN", "supper"),
        Row("AGENT", "cook run", "supper"),
        answered,
        Row("TOOL", "get_weather", "cook run"),
        answered,
        Row("SPAN", "supper-streamed"),
        Row("AGENT", "cook run", "supper-streamed"),
        answered,
        Row("SPAN", "supper-refused", level="ERROR"),
        Row("AGENT", "cook run", "supper-refused", level="ERROR"),
        _refused(chat, "cook run"),
    ]


def _openinference() -> list[Row]:
    answered = _generation("ChatCompletion", None, _APART)
    return [
        *(answered, answered, answered),
        # it learns the model from the answer
        _refused("ChatCompletion", model=None),
        Row("EMBEDDING", "CreateEmbeddings", usage=_EMBEDDED),
    ]


def _openllmetry() -> list[Row]:
    answered = _generation("openai.chat", "supper", _TOLD)
    embedded = _usage(input=5, input_cached_tokens=0, total=5)
    return [
        Row("SPAN", "supper"),
        *(answered, answered, answered._replace(usage=_STREAM_TOLD)),
        _refused("openai.chat", "supper"),
        Row("EMBEDDING", "openai.embeddings", "supper", EMBEDDING_MODEL, embedded),
    ]


def _vercel() -> list[Row]:
    text, stream, embed = "supper:ai.generateText", "supper-streamed:ai.streamText", "ai.embed"
    refused, embedded = "supper-refused:ai.generateText", f"supper-embedded:{embed}"
    answered = _generation(f"{text}.doGenerate", text, _APART)
    return [
        Row("SPAN", text),
        answered,
        # every span of this SDK has counts, be they zero
        Row("TOOL", "get_weather", text, usage=_NOTHING_COUNTED),
        answered,
        Row("SPAN", stream),
        _first_token(_generation(f"{stream}.doStream", stream, _APART)),
        Row("SPAN", refused, level="ERROR"),
        _refused(f"{refused}.doGenerate", refused)._replace(usage=_NOTHING_COUNTED),
        Row("SPAN", embedded),
        Row(
            *("EMBEDDING", f"{embedded}.doEmbed", embedded, EMBEDDING_MODEL),
            usage=_NOTHING_COUNTED | {"total": 5},
        ),
    ]


_OPENAI_WITH_EMBEDDING: Final = [
    *_openai_wrapper(),
    Row("EMBEDDING", "OpenAI-embedding", None, EMBEDDING_MODEL, _EMBEDDED),
]
_LITELLM_SDK4: Final = _first_token(_generation("supper", None, _NET_INPUT, MODEL))
_LITELLM_SDK2: Final = _first_token(_generation("supper", None, _GROSS, MODEL))

EXPECTED: Final[dict[str, list[Row]]] = {
    "openai-sdk2": _openai_wrapper(),
    "openai-sdk4": _OPENAI_WITH_EMBEDDING,
    "openai": _OPENAI_WITH_EMBEDDING,
    "langchain-sdk2": _langchain("SPAN", "SPAN"),
    "langchain": _langchain("CHAIN", "TOOL"),
    "litellm-sdk2": [_LITELLM_SDK2, _LITELLM_SDK2, _LITELLM_SDK2],  # says nothing of errors
    "litellm-sdk4": [_LITELLM_SDK4, _LITELLM_SDK4, _LITELLM_SDK4, _refused("supper")],
    "litellm-otel": _litellm_otel(),
    "pydantic-ai": _pydantic_ai(),
    "openinference": _openinference(),
    "openllmetry": _openllmetry(),
    "vercel": _vercel(),
}
# The names of the traces in the order in which they began.
TRACE_NAMES: Final[dict[str, list[str]]] = {
    "openai-sdk2": ["supper"] * 4,
    "openai-sdk4": ["supper"] * 4 + ["OpenAI-embedding"],
    "openai": ["supper"] * 4 + ["OpenAI-embedding"],
    # SDK 2 names a trace after the class of a model
    "langchain-sdk2": ["supper", "ChatOpenAI", "ChatOpenAI"],
    "langchain": ["supper", "supper-streamed", "supper-refused"],
    "litellm-sdk2": ["supper-trace"] * 3,
    # a call without a trace's id joins the trace of its session
    "litellm-sdk4": ["supper-trace"],
    "litellm-otel": ["supper-trace"] * 4,
    "pydantic-ai": ["supper", "supper-streamed", "supper-refused"],
    "openinference": ["ChatCompletion"] * 4 + ["CreateEmbeddings"],
    "openllmetry": ["supper"],
    "vercel": [
        "supper:ai.generateText",
        "supper-streamed:ai.streamText",
        "supper-refused:ai.generateText",
        "supper-embedded:ai.embed",
    ],
}
