"""Whatever is sent as a model: an answer of the contract's shape, and prices that go on working."""

import json
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api.events import generation, trace
from tests.api.wire import Wire
from tests.servers.service import Service

MODELS = "/api/public/models"
TEXTS = st.text(st.characters(codec=None), max_size=8)
NUMBERS = st.integers() | st.integers(10**18, 10**300) | st.floats() | st.just(10**400)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "source": st.sampled_from(["metadata", "model_parameters"]) | VALUES,
        "key": VALUES,
        "operator": st.sampled_from(["in", "gt", "neq"]) | VALUES,
        "values": VALUES,
        "value": VALUES,
        "usageDetailPattern": TEXTS | VALUES,
        "caseSensitive": VALUES,
    },
)
TIERS = st.fixed_dictionaries(
    {
        "name": st.just("Standard") | VALUES,
        "isDefault": st.just(True) | VALUES,
        "priority": st.integers(0, 2) | VALUES,
        "conditions": st.lists(CONDITIONS, max_size=2) | VALUES,
        "prices": st.dictionaries(TEXTS, NUMBERS, max_size=2) | VALUES,
    }
)
BODIES = st.fixed_dictionaries(
    {
        "modelName": st.uuids().map(str) | VALUES,
        "matchPattern": st.text("a(|)*+?[]{}\\^$.1,-", max_size=12) | VALUES,
        "unit": st.sampled_from(["TOKENS", "REQUESTS"]) | VALUES,
    },
    optional={
        "inputPrice": NUMBERS | VALUES,
        "totalPrice": NUMBERS | VALUES,
        "pricingTiers": st.lists(TIERS, max_size=2) | VALUES,
        "startDate": st.just("2026-11-20T12:00:00Z") | VALUES,
        "tokenizerId": st.just("openai") | VALUES,
        "tokenizerConfig": VALUES,
    },
)


@pytest.fixture(scope="module")
def wire(running_service: Service) -> Iterator[Wire]:
    made = Wire(running_service)
    yield made
    made.close()


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


@settings(max_examples=200, deadline=None)
@given(body=BODIES | VALUES)
def test_any_model_is_taken_or_refused(wire: Wire, body: Any) -> None:
    reply = wire.post(MODELS, encoded(body))
    assert reply.status in (200, 400)
    if reply.status == 200:
        path = f"{MODELS}/{reply.body['id']}"
        assert wire.get(path).body == reply.body
        assert wire.send("DELETE", path, None).status == 200


@settings(deadline=None)
@given(model_id=st.text(st.characters(codec=None), min_size=1, max_size=20))
def test_any_id_is_looked_for(wire: Wire, model_id: str) -> None:
    path = f"{MODELS}/{quote(model_id.encode('utf-8', 'surrogatepass'), safe='')}"
    for method in ("GET", "DELETE"):
        assert wire.send(method, path, None).status in (200, 400, 404, 405)


@pytest.mark.parametrize(
    "number", ["1e400", "9" * 400, "1e300", "9223372036854775808", "1e-400", "-1"]
)
def test_huge_usage_of_a_priced_model_is_priced_or_dropped(wire: Wire, number: str) -> None:
    stem = uuid.uuid4()
    body = generation(f"g-{stem}", f"t-{stem}", model="gpt-4o", usageDetails={"input": 0})
    text = json.dumps({"batch": [trace(f"t-{stem}"), body]}).replace(
        '{"input": 0}', f'{{"input":{number},"output":{number}}}'
    )
    reply = wire.post("/api/public/ingestion", text.encode())
    found = wire.get(f"/api/public/observations/g-{stem}")

    assert reply.status == 207
    assert found.status == 200
    assert 0 <= found.body["calculatedTotalCost"] <= 999_999.999999
