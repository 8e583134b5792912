"""Python SDK 4: the trace's attributes are propagated to every span; reads through `api`."""

from typing import Any

from langfuse import Langfuse, propagate_attributes  # type: ignore[import-not-found]
from scenario import SCENARIO, as_json, connection, report  # type: ignore[import-not-found]


def write_turn(langfuse: Any) -> dict[str, Any]:
    about, told = SCENARIO["trace"], SCENARIO["root"]
    with (
        propagate_attributes(
            trace_name=about["name"],
            user_id=about["user"],
            session_id=about["session"],
            tags=about["tags"],
            version=about["version"],
            metadata=about["metadata"],
        ),
        langfuse.start_as_current_observation(
            name=told["name"], input=told["input"], metadata=told["metadata"]
        ) as root,
    ):
        ids = write_children(langfuse)
        root.update(output=told["output"])
        root.set_trace_io(input=told["input"], output=told["output"])
        root.score_trace(**SCENARIO["trace_score"])
    return {"trace_id": root.trace_id, "ids": {"root": root.id, **ids}}


def write_children(langfuse: Any) -> dict[str, str]:
    told = SCENARIO["nested"]
    with langfuse.start_as_current_observation(
        name=told["name"], input=told["input"], metadata=told["metadata"]
    ) as nested:
        generation = write_generation(langfuse)
        nested.update(output=told["output"])
    event = write_event(langfuse)
    failure = write_failure(langfuse)
    return {"nested": nested.id, "generation": generation, "event": event, "failure": failure}


def write_generation(langfuse: Any) -> str:
    told = SCENARIO["generation"]
    with langfuse.start_as_current_observation(
        as_type="generation",
        name=told["name"],
        model=told["model"],
        model_parameters=told["parameters"],
        input=told["input"],
        metadata=told["metadata"],
    ) as generation:
        generation.update(
            output=told["output"], usage_details=told["usage"], cost_details=told["cost"]
        )
        generation.score(**SCENARIO["generation_score"], data_type="CATEGORICAL")
    return str(generation.id)


def write_event(langfuse: Any) -> str:
    told = SCENARIO["event"]
    event = langfuse.create_event(
        name=told["name"],
        input=told["input"],
        metadata=told["metadata"],
        level=told["level"],
        status_message=told["message"],
    )
    return str(event.id)


def write_failure(langfuse: Any) -> str:
    told = SCENARIO["failure"]
    try:
        with langfuse.start_as_current_observation(
            as_type="tool", name=told["name"], input=told["input"]
        ) as tool:
            refuse(told["message"])
    except ConnectionError:
        pass
    return str(tool.id)


def refuse(message: str) -> None:
    raise ConnectionError(message)


def main() -> None:
    langfuse = Langfuse(**connection("base_url"))
    accepted = langfuse.auth_check()
    written = write_turn(langfuse)
    langfuse.flush()
    trace_id = written["trace_id"]
    api = langfuse.api
    v1 = api.legacy.observations_v1
    read = {
        "trace": as_json(api.trace.get(trace_id)),
        "traces": [as_json(row) for row in api.trace.list(limit=50).data],
        "observations": [as_json(row) for row in v1.get_many(trace_id=trace_id).data],
        "generation": as_json(v1.get(written["ids"]["generation"])),
        "scores": [as_json(row) for row in api.scores.get_many(trace_id=trace_id).data],
    }
    report(auth_check=accepted, read=read, **written)
    langfuse.shutdown()


if __name__ == "__main__":
    main()
