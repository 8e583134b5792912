"""Datasets, items, runs and run items as the API writes them."""

from collections.abc import Sequence
from typing import Any

from collector.api.shapes.values import iso_time, text_as_json
from collector.registry.dataset_rules import Dataset, Item, Run, RunItem


def dataset(row: Dataset) -> dict[str, Any]:
    return {
        "id": row.id,
        "projectId": row.project_id,
        "name": row.name,
        "description": row.description,
        "metadata": _json(row.metadata),
        "inputSchema": _json(row.input_schema),
        "expectedOutputSchema": _json(row.expected_output_schema),
        "createdAt": iso_time(row.created_ms),
        "updatedAt": iso_time(row.updated_ms),
    }


def item(row: Item) -> dict[str, Any]:
    """The times are the version's; one that was superseded was updated when it was."""
    ended_ms = row.valid_from_ms if row.valid_to_ms is None else row.valid_to_ms
    return {
        "id": row.id,
        "datasetId": row.dataset_id,
        "datasetName": row.dataset_name,
        "status": row.status,
        "input": _json(row.input),
        "expectedOutput": _json(row.expected_output),
        "metadata": _json(row.metadata),
        "sourceTraceId": row.source_trace_id,
        "sourceObservationId": row.source_observation_id,
        "createdAt": iso_time(row.valid_from_ms),
        "updatedAt": iso_time(ended_ms),
        "mediaReferences": [],
    }


def run(row: Run, dataset_name: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "metadata": {} if row.metadata is None else _json(row.metadata),
        "datasetId": row.dataset_id,
        "datasetName": dataset_name,
        "createdAt": iso_time(row.created_ms),
        "updatedAt": iso_time(row.updated_ms),
    }


def run_item(row: RunItem) -> dict[str, Any]:
    return {
        "id": row.id,
        "datasetRunId": row.run_id,
        "datasetRunName": row.run_name,
        "datasetItemId": row.item_id,
        "traceId": row.trace_id,
        "observationId": row.observation_id,
        "createdAt": iso_time(row.created_ms),
        "updatedAt": iso_time(row.updated_ms),
    }


def run_with_items(row: Run, dataset_name: str, items: Sequence[RunItem]) -> dict[str, Any]:
    return run(row, dataset_name) | {"datasetRunItems": [run_item(each) for each in items]}


def _json(text: str | None) -> Any:
    """Spliced into the answer as it is stored."""
    return None if text is None else text_as_json(text)
