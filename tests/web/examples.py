"""A small project as the SDKs would fill it: chats, tools, an error, a guardrail, hostile text."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

HOSTILE = '</pre><script>window.broken=1</script><img src=x onerror="window.broken=1">'
_numbers = count(1)


def ago(seconds: float) -> str:
    """A moment before now, as SDKs write it."""
    return _iso(datetime.now(UTC) - timedelta(seconds=seconds))


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def event(kind: str, **body: Any) -> dict[str, Any]:
    """One envelope with an id of its own."""
    return {"id": f"w{next(_numbers)}", "type": kind, "timestamp": ago(0), "body": body}


MESSAGES: list[dict[str, Any]] = [
    {"role": "system", "content": "You are a helpful assistant for a home lab."},
    {"role": "user", "content": "Is the backup of last night complete?"},
    {
        "role": "assistant",
        "content": "Let me look.",
        "tool_calls": [
            {"function": {"name": "list_backups", "arguments": '{"since": "yesterday"}'}}
        ],
    },
    {"role": "tool", "content": '[{"host": "nas", "state": "ok", "bytes": 48211003}]'},
    {"role": "user", "content": "And the size?"},
]
ANSWER = {
    "role": "assistant",
    "content": "Yes. The NAS finished at 03:12 with 48.2 MB.\n\n- state: ok",
}
_TRACE = {
    "name": "chat-completion",
    "userId": "anna@example.org",
    "sessionId": "chat-7f3a",
    "tags": ["open-webui", "prod"],
    "metadata": {"client": "web", "retries": 0},
    "input": MESSAGES,
    "output": ANSWER,
}
_GENERATION = {
    "name": "llm-response",
    "model": "gpt-4o-mini",
    "input": MESSAGES,
    "output": ANSWER,
    "modelParameters": {"temperature": 0.2, "max_tokens": 512},
    "usageDetails": {"input": 412, "output": 37, "total": 449},
    "costDetails": {"input": 0.0000618, "output": 0.0000222, "total": 0.000084},
    "metadata": {"finish_reason": "stop", "nested": {"a": [1, 2, 3]}},
}
_SEARCH = {
    "name": "search-notes",
    "input": {"query": "backup"},
    "output": {"hits": [{"title": "Backups", "score": 0.91}]},
}
_TOOL = {
    "name": "list_backups",
    "level": "WARNING",
    "statusMessage": "answered after one retry",
    "input": {"since": "yesterday"},
}
# Kind, end of the id, start and end in seconds from the beginning, what it says.
_STEPS: tuple[tuple[str, str, float, float | None, dict[str, Any]], ...] = (
    ("span-create", "search", 0.05, 0.42, _SEARCH),
    ("span-create", "tool", 0.45, 0.81, _TOOL),
    ("generation-create", "llm", 0.85, 2.35, _GENERATION),
    ("event-create", "check", 0.02, None, {"name": "cache-miss"}),
)


def chat(trace_id: str, seconds_ago: float = 60, **trace: Any) -> list[dict[str, Any]]:
    """A chat that retrieves, calls a tool, and answers: five observations in 2.4 seconds."""
    begin = datetime.now(UTC) - timedelta(seconds=seconds_ago)

    def at(offset: float | None) -> str | None:
        return None if offset is None else _iso(begin + timedelta(seconds=offset))

    def step(
        kind: str, suffix: str, start: float, end: float | None, **said: Any
    ) -> dict[str, Any]:
        own = {"id": f"{trace_id}-{suffix}", "traceId": trace_id, "startTime": at(start)}
        return event(kind, **own, **({} if end is None else {"endTime": at(end)}), **said)

    root = f"{trace_id}-root"
    return [
        event("trace-create", **{"id": trace_id, "timestamp": at(0), **_TRACE, **trace}),
        step("span-create", "root", 0, 2.4, name="answer", input=MESSAGES, output=ANSWER),
        *(
            step(kind, suffix, start, end, parentObservationId=root, **said)
            for kind, suffix, start, end, said in _STEPS
        ),
        event("generation-update", id=f"{trace_id}-llm", completionStartTime=at(1.2)),
        event(
            "score-create",
            id=f"{trace_id}-score",
            traceId=trace_id,
            name="helpful",
            value=0.9,
            comment="clear answer",
        ),
    ]


def failed(trace_id: str, seconds_ago: float = 120) -> list[dict[str, Any]]:
    """A generation that ended in an error."""
    return [
        event(
            "trace-create",
            id=trace_id,
            timestamp=ago(seconds_ago),
            name="summarise",
            userId="ben@example.org",
            input="Summarise the attached report in three sentences.",
        ),
        event(
            "generation-create",
            id=f"{trace_id}-llm",
            traceId=trace_id,
            name="llm-response",
            model="llama-3.3-70b",
            startTime=ago(seconds_ago),
            endTime=ago(seconds_ago - 31.2),
            level="ERROR",
            statusMessage="upstream timed out after 30 s",
            input="Summarise …",
            usage={"total": 1204},
        ),
    ]


def blocked(trace_id: str, seconds_ago: float = 30) -> list[dict[str, Any]]:
    """What a guard sends when it stops a prompt."""
    return [
        event("trace-create", id=trace_id, timestamp=ago(seconds_ago), name="guardrail-blocked"),
        event(
            "event-create",
            id=f"{trace_id}-event",
            traceId=trace_id,
            name="guardrail-blocked",
            startTime=ago(seconds_ago),
            metadata={"reason": "injection_detected", "scanner": "llm-guard"},
        ),
    ]


def hostile(trace_id: str, seconds_ago: float = 10) -> list[dict[str, Any]]:
    """Markup wherever a client can put text."""
    return [
        event(
            "trace-create",
            id=trace_id,
            timestamp=ago(seconds_ago),
            name=HOSTILE,
            userId=HOSTILE,
            sessionId=HOSTILE,
            tags=[HOSTILE],
            input=HOSTILE,
            output=HOSTILE,
            release=HOSTILE,
            version=HOSTILE,
            metadata={HOSTILE: HOSTILE},
        ),
        event(
            "generation-create",
            id=f"{trace_id}-llm",
            traceId=trace_id,
            name=HOSTILE,
            model=HOSTILE,
            startTime=ago(seconds_ago),
            level="ERROR",
            statusMessage=HOSTILE,
            input=[{"role": HOSTILE, "content": HOSTILE}],
            output=HOSTILE,
            modelParameters={HOSTILE: HOSTILE},
            metadata={HOSTILE: HOSTILE},
        ),
        event(
            "event-create",
            id=f"{trace_id}-guard",
            traceId=trace_id,
            name="guardrail-blocked",
            startTime=ago(seconds_ago),
            metadata={"reason": HOSTILE, "scanner": HOSTILE},
        ),
        event(
            "score-create",
            id=f"{trace_id}-score",
            traceId=trace_id,
            name=HOSTILE,
            value=1,
            comment=HOSTILE,
        ),
    ]


def wide(trace_id: str, spans: int) -> list[dict[str, Any]]:
    """One root and many spans below it."""
    return [
        event("trace-create", id=trace_id, timestamp=ago(5), name="wide"),
        *(
            event(
                "span-create",
                id=f"{trace_id}-{number:05}",
                traceId=trace_id,
                name=f"step {number}",
                startTime=ago(5),
                endTime=ago(4),
                parentObservationId=f"{trace_id}-00000" if number else None,
            )
            for number in range(spans)
        ),
    ]
