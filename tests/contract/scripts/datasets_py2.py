"""Python SDK 2: a dataset whose name needs escaping, and a run linked item by item."""

import sys
from typing import Any

from langfuse import Langfuse  # type: ignore[import-not-found]
from scenario import as_json, connection, report  # type: ignore[import-not-found]


def run_over(langfuse: Any, dataset: Any, run_name: str) -> dict[str, str]:
    """Each item's trace."""
    traces = {}
    for item in dataset.items:
        trace = langfuse.trace(name="answer", input=item.input, output=item.expected_output)
        langfuse.flush()
        item.link(trace, run_name, run_description="by hand", run_metadata={"sdk": 2})
        traces[item.id] = trace.id
    return traces


def main() -> None:
    name, run_name = sys.argv[1:]
    langfuse = Langfuse(**connection("host"))
    langfuse.create_dataset(name=name, description="made by SDK 2", metadata={"a": 1})
    for item_id in ("sdk-a", "sdk-b", "sdk-c"):
        langfuse.create_dataset_item(
            dataset_name=name, id=item_id, input={"q": item_id}, expected_output=item_id.upper()
        )
    langfuse.create_dataset_item(dataset_name=name, id="sdk-c", status="ARCHIVED")
    dataset = langfuse.get_dataset(name, fetch_items_page_size=1)
    traces = run_over(langfuse, dataset, run_name)
    run = langfuse.get_dataset_run(dataset_name=name, dataset_run_name=run_name)
    runs = langfuse.get_dataset_runs(dataset_name=name)
    report(
        id=dataset.id,
        items={item.id: [item.input, item.expected_output] for item in dataset.items},
        traces=traces,
        run=as_json(run),
        runs=as_json(runs),
    )


if __name__ == "__main__":
    main()
