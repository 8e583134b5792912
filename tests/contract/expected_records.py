"""What a replayed client must have left behind, worked out from its requests, not from our answers.

`expected/<client>.json` holds the records by id as version 1 of the API shows them. A field that is
not written there has its default; a payload that is not written is null. `numbered` counts the
records of a load scenario that are named b0, b1 and so on and carry nothing else of interest;
`configured` names scores whose fate is that of their score config, `early` tells what shows of the
traces after the first requests, and `attributes` some of those that a span keeps in its metadata.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from tests.contract.turns import get

FOLDER: Final = Path(__file__).parent / "expected"
Record = dict[str, Any]

_NUMBERED = re.compile(r"b\d+")
_MADE_BY_US = {"attributes", "resourceAttributes", "scope"}  # what is told of the span itself
# Prices, prompts, media and score configs have tests of their own; links to them are not told here.
_DEFAULTS: Final[dict[str, Record]] = {
    "traces": {
        "name": "",
        "userId": None,
        "sessionId": None,
        "version": None,
        "release": None,
        "tags": [],
        "public": False,
        "environment": "default",
        "input": None,
        "output": None,
        "metadata": {},
    },
    "observations": {
        "name": "",
        "parentObservationId": None,
        "level": "DEFAULT",
        "statusMessage": None,
        "version": None,
        "environment": "default",
        "endTime": None,
        "completionStartTime": None,
        "model": None,
        "modelParameters": None,
        "usageDetails": {},
        "input": None,
        "output": None,
        "metadata": {},
    },
    "scores": {
        "dataType": "NUMERIC",
        "stringValue": None,
        "traceId": None,
        "observationId": None,
        "sessionId": None,
        "datasetRunId": None,
        "comment": None,
        "source": "API",
        "environment": "default",
        "metadata": {},
    },
}
_LISTS: Final = {
    "traces": "/api/public/traces?limit=100",
    "observations": "/api/public/observations?limit=100",
    "scores": "/api/public/v2/scores?fields=score&limit=100",
}


@dataclass(frozen=True)
class Expected:
    """Records by kind and id, and what there may be beside them."""

    records: dict[str, dict[str, Record]]
    numbered: dict[str, int]
    configured: set[str]
    early: Record


def expected_of(client: str) -> Expected:
    told = json.loads((FOLDER / f"{client}.json").read_text())
    records = {kind: told[kind] for kind in _LISTS}
    return Expected(records, told["numbered"], set(told["configured"]), told.get("early", {}))


def recorded_clients() -> list[str]:
    """Clients whose records are written down, whether or not there is a recording to replay."""
    return sorted(file.stem for file in FOLDER.glob("*.json"))


def read_records(http: httpx.Client, kind: str) -> dict[str, Record]:
    """Every record that the list shows, by id."""
    rows: dict[str, Record] = {}
    pages, number = 1, 0
    while number < pages:
        number += 1
        page = get(http, f"{_LISTS[kind]}&page={number}")
        rows |= {row["id"]: row for row in page["data"]}
        pages = page["meta"]["totalPages"]
    return rows


def differences(kind: str, expected: Expected, rows: dict[str, Record]) -> Iterator[str]:
    """In words; none where everything is as it must be."""
    told = expected.records[kind]
    numbered = {id_ for id_, row in rows.items() if _NUMBERED.fullmatch(row["name"])}
    if len(numbered) != expected.numbered.get(kind, 0):
        yield f"{len(numbered)} numbered {kind}, expected {expected.numbered.get(kind, 0)}"
    named = _named(told, rows)
    for id_ in named.keys() - rows.keys():
        yield f"{kind} {id_} is missing: {named[id_]}"
    for id_ in rows.keys() - named.keys() - numbered - expected.configured:
        yield f"{kind} {id_} is one too many: {rows[id_]}"
    for id_ in sorted(named.keys() & rows.keys()):
        yield from _of_record(kind, id_, named[id_], rows[id_])


def _named(told: dict[str, Record], rows: dict[str, Record]) -> dict[str, Record]:
    """With the server's id for a record that its client left unnamed: `?` and its name."""
    ids = {f"?{row['name']}": id_ for id_, row in rows.items()}
    return {ids.get(id_, id_) if id_[0] == "?" else id_: record for id_, record in told.items()}


def _of_record(kind: str, id_: str, told: Record, row: Record) -> Iterator[str]:
    expected = _DEFAULTS[kind] | told
    if told.get("model") and "usageDetails" not in told:
        del expected["usageDetails"]  # the server may count tokens that the client did not
    for key, want in expected.items():
        got = _shown(row, key, want)
        if want != "(anything)" and not _is_same(want, got):
            yield f"{kind} {id_} ({told.get('name')}).{key}: {got!r}, expected {want!r}"


def _shown(row: Record, key: str, want: Any) -> Any:
    if key == "metadata":
        return {name: value for name, value in row[key].items() if name not in _MADE_BY_US}
    if key == "attributes":  # those that are told; there may be more
        kept = row["metadata"].get(key, {})
        return {name: value for name, value in kept.items() if name in want}
    return row[key]


def _is_same(want: Any, got: Any) -> bool:
    if isinstance(want, dict) and want.keys() == {"characters"}:  # too long to be written down
        return isinstance(got, str) and len(got) == want["characters"]
    return bool(want == got) and isinstance(want, bool) == isinstance(got, bool)
