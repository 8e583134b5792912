"""Python SDK 2: writes through stateful clients, reads through fetch_*."""

from typing import Any

from langfuse import Langfuse  # type: ignore[import-not-found]
from scenario import SCENARIO, as_json, connection, report  # type: ignore[import-not-found]


def write_turn(langfuse: Any) -> dict[str, Any]:
    about, root, nested = SCENARIO["trace"], SCENARIO["root"], SCENARIO["nested"]
    trace = langfuse.trace(
        name=about["name"],
        user_id=about["user"],
        session_id=about["session"],
        tags=about["tags"],
        version=about["version"],
        metadata=about["metadata"],
        input=root["input"],
    )
    span = trace.span(name=root["name"], input=root["input"], metadata=root["metadata"])
    look_up = span.span(name=nested["name"], input=nested["input"], metadata=nested["metadata"])
    generation = write_generation(look_up)
    look_up.end(output=nested["output"])
    event, failure = write_event(span), write_failure(span)
    span.end(output=root["output"])
    trace.update(output=root["output"])
    trace.score(**SCENARIO["trace_score"])
    written = (span, look_up, generation, event, failure)
    names = ("root", "nested", "generation", "event", "failure")
    return {
        "trace_id": trace.id,
        "ids": {name: record.id for name, record in zip(names, written, strict=True)},
    }


def write_generation(parent: Any) -> Any:
    told = SCENARIO["generation"]
    generation = parent.generation(
        name=told["name"],
        model=told["model"],
        model_parameters=told["parameters"],
        input=told["input"],
        metadata=told["metadata"],
    )
    generation.end(output=told["output"], usage=told["usage"], cost_details=told["cost"])
    generation.score(**SCENARIO["generation_score"], data_type="CATEGORICAL")
    return generation


def write_event(parent: Any) -> Any:
    told = SCENARIO["event"]
    return parent.event(
        name=told["name"],
        input=told["input"],
        metadata=told["metadata"],
        level=told["level"],
        status_message=told["message"],
    )


def write_failure(parent: Any) -> Any:
    told = SCENARIO["failure"]
    span = parent.span(name=told["name"], input=told["input"])
    span.end(level="ERROR", status_message=told["message"])
    return span


def write_as_the_homelab_does(langfuse: Any) -> dict[str, str]:
    """Two calls as they stand in a program that has used SDK 2 for long."""
    n = 42
    generation = langfuse.trace(
        name="chat-completion", metadata={"user": "bob", "source": "pipelines"}
    ).generation(
        name="llm-response", input="What is for supper?", output="Soup.", usage={"total_tokens": n}
    )
    event = langfuse.event(
        name="guardrail-blocked", metadata={"reason": "injection_detected", "scanner": "llm-guard"}
    )
    return {
        "trace_id": generation.trace_id,
        "generation_id": generation.id,
        "event_id": event.id,
        "event_trace_id": event.trace_id,
    }


def main() -> None:
    langfuse = Langfuse(**connection("host"))
    accepted = langfuse.auth_check()
    written = write_turn(langfuse)
    homelab = write_as_the_homelab_does(langfuse)
    langfuse.flush()
    trace_id = written["trace_id"]
    read = {
        "trace": as_json(langfuse.fetch_trace(trace_id).data),
        "traces": [as_json(row) for row in langfuse.fetch_traces(limit=50).data],
        "observations": [
            as_json(row) for row in langfuse.fetch_observations(trace_id=trace_id).data
        ],
        "generation": as_json(langfuse.fetch_observation(written["ids"]["generation"]).data),
    }
    report(auth_check=accepted, homelab=homelab, read=read, **written)
    langfuse.shutdown()


if __name__ == "__main__":
    main()
