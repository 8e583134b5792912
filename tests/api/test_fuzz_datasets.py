"""Datasets, items and runs of any content, on PostgreSQL, which refuses texts that others take."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api.test_fuzz import TEXTS, VALUES, encoded, quoted
from tests.api.wire import Wire
from tests.servers.fixtures import StartService

DATASETS = "/api/public/v2/datasets"
ITEMS = "/api/public/dataset-items"
LINKS = "/api/public/dataset-run-items"
SCHEMAS = st.dictionaries(st.sampled_from(("type", "required", "pattern", "$ref")), VALUES)
NEW = st.fixed_dictionaries(
    {"name": TEXTS},
    optional={
        "description": TEXTS | VALUES,
        "metadata": VALUES,
        "inputSchema": SCHEMAS | VALUES,
        "expectedOutputSchema": SCHEMAS | VALUES,
    },
)
ITEM = st.fixed_dictionaries(
    {"datasetName": st.just("known") | TEXTS, "input": VALUES},
    optional={
        "id": TEXTS | st.just("i"),
        "expectedOutput": VALUES,
        "metadata": VALUES,
        "sourceTraceId": TEXTS | VALUES,
        "sourceObservationId": TEXTS | VALUES,
        "status": st.sampled_from(("ACTIVE", "ARCHIVED")) | VALUES,
    },
)
LINK = st.fixed_dictionaries(
    {"runName": TEXTS, "datasetItemId": st.just("known") | TEXTS, "traceId": TEXTS},
    optional={
        "runDescription": TEXTS | VALUES,
        "metadata": VALUES,
        "observationId": TEXTS | VALUES,
        "datasetVersion": VALUES | st.just("2026-11-20T12:00:00Z"),
        "createdAt": VALUES | st.just("2026-11-20T12:00:00Z"),
    },
)
REFUSALS = (400, 404, 409)


def test_anything_is_made_or_refused_and_can_be_read(
    start_service: StartService, postgres_url: str
) -> None:
    wire = Wire(start_service(DATABASE_URL=postgres_url, UNDERSTUDY_DATASETS_MAX="100000"))
    dataset_id = wire.post(DATASETS, encoded({"name": "known"})).body["id"]
    known = encoded({"datasetName": "known", "id": "known", "input": 1})
    assert wire.post(ITEMS, known).status == 200

    @settings(max_examples=60)
    @given(new=NEW | VALUES, item=ITEM | VALUES, link=LINK | VALUES, name=TEXTS)
    def check(new: Any, item: Any, link: Any, name: str) -> None:
        for path, body in ((DATASETS, new), (ITEMS, item), (LINKS, link)):
            assert wire.post(path, encoded(body)).status in (200, *REFUSALS)
        text = quoted(name) or "none"
        for path in (
            f"{DATASETS}/{text}",
            f"{ITEMS}/{text}",
            f"{ITEMS}?datasetName={text}&version={text}",
            f"{ITEMS}?sourceTraceId={text}&sourceObservationId={text}",
            f"{LINKS}?datasetId={dataset_id}&runName={text}",
            f"/api/public/datasets/known/runs/{text}",
            f"/api/public/datasets/{text}/runs",
            f"/api/public/sessions/{text}",
        ):
            assert wire.get(path).status in (200, *REFUSALS), path

    check()
    listed = [wire.get(path).status for path in (DATASETS, ITEMS, "/api/public/datasets")]
    wire.close()

    assert listed == [200, 200, 200]
