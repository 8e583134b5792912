"""Python SDK 5: an experiment over a dataset with a schema; its runs exist as spans only."""

import sys
from typing import Any

from langfuse import Evaluation, Langfuse  # type: ignore[import-not-found]
from scenario import connection, report  # type: ignore[import-not-found]


def answer(*, item: Any, **_: Any) -> str:
    return str(item.input["q"]).upper()


def is_right(*, output: Any, expected_output: Any, **_: Any) -> Any:
    return Evaluation(name="right", value=float(output == expected_output))


def main() -> None:
    name, run_name = sys.argv[1:]
    langfuse = Langfuse(**connection("base_url"))
    schema = {"type": "object", "required": ["q"]}
    langfuse.create_dataset(name=name, metadata={"a": 1}, input_schema=schema)
    for item_id in ("sdk-a", "sdk-b"):
        langfuse.create_dataset_item(
            dataset_name=name, id=item_id, input={"q": item_id}, expected_output=item_id.upper()
        )
    dataset = langfuse.get_dataset(name)
    result = dataset.run_experiment(
        name="experiment",
        run_name=run_name,
        description="by SDK 5",
        task=answer,
        evaluators=[is_right],
        metadata={"sdk": "5"},
    )
    langfuse.flush()
    report(
        id=dataset.id,
        schema=dataset.input_schema,
        items={item.id: [item.input, item.expected_output] for item in dataset.items},
        run_id=result.dataset_run_id,
        traces={each.item.id: each.trace_id for each in result.item_results},
    )
    langfuse.shutdown()


if __name__ == "__main__":
    main()
