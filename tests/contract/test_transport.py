"""The ways in which bodies travel: compressed, behind two slashes, from plain OpenTelemetry."""

import pytest

from tests.contract.turns import Turn, run_script
from tests.contract.wiretap import Wiretap
from tests.servers.service import Service

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize(
    ("generation", "variable", "encoding"),
    [
        ("py3", "OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("py3", "OTEL_EXPORTER_OTLP_COMPRESSION", "deflate"),
        ("py4", "LANGFUSE_OTEL_COMPRESSION", "gzip"),
        ("py5", "LANGFUSE_OTEL_COMPRESSION", "gzip"),
        ("js-4", "OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("js-5", "OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
    ],
)
def test_a_compressed_export_arrives_whole(
    running_service: Service, node: str, generation: str, variable: str, encoding: str
) -> None:
    with Wiretap(running_service.port) as tap:
        environ = {"CONTRACT_BASE_URL": tap.base_url, variable: encoding}
        turn = run_script(generation, running_service, node, **environ)

    assert f"content-encoding: {encoding}".encode() in tap.heard
    assert (len(turn.observations), len(turn.scores)) == (5, 2)


@pytest.mark.parametrize("generation", ["py2", "py3", "py4", "py5", "js-3", "js-4", "js-5"])
def test_a_base_url_that_ends_in_a_slash_loses_nothing(
    running_service: Service, node: str, generation: str
) -> None:
    with Wiretap(running_service.port) as tap:
        slashed = {"CONTRACT_BASE_URL": tap.base_url + "/"}
        turn = run_script(generation, running_service, node, **slashed)
    doubled = b"post //api/public/otel/v1/traces" in tap.heard

    assert doubled is (generation not in {"py2", "js-3"})
    assert (len(turn.observations), len(turn.scores)) == (5, 2)


@pytest.fixture(scope="module")
def plain(running_service: Service, node: str) -> Turn:
    """What a program with OpenTelemetry alone left behind."""
    return run_script("otel", running_service, node, **exporter(running_service))


def exporter(service: Service) -> dict[str, str]:
    basic = service.authorization.replace(" ", "%20")
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"{service.base_url}/api/public/otel",
        "OTEL_EXPORTER_OTLP_HEADERS": f"Authorization={basic}",
    }


def test_plain_opentelemetry_delivers_spans_and_metrics(plain: Turn) -> None:
    assert (plain.told["delivered"], plain.told["counted"]) == (True, True)


def test_plain_spans_form_a_trace(plain: Turn) -> None:
    ids = plain.told["ids"]
    tree = {row["name"]: row["parentObservationId"] for row in plain.observations.values()}

    assert tree == {"supper": None, "chat": ids["supper"], "oven": ids["supper"]}
    assert plain.observations.keys() == set(ids.values())
    assert (plain.trace["name"], plain.trace["userId"]) == ("supper", "alice@example.org")
    assert plain.trace["sessionId"] == "evening-chat"


def test_a_plain_generation_is_read_from_its_gen_ai_attributes(plain: Turn) -> None:
    chat = plain.by_role()["chat"]

    assert (chat["type"], chat["model"]) == ("GENERATION", "house-model-7b")
    assert chat["usageDetails"] == {"input": 12, "output": 7, "total": 19}
    assert chat["metadata"]["scope"]["name"] == "kitchen.chat"
    assert chat["metadata"]["resourceAttributes"]["service.name"] == "kitchen"


def test_a_plain_span_that_failed_is_an_error(plain: Turn) -> None:
    oven = plain.by_role()["oven"]

    assert (oven["level"], oven["statusMessage"]) == ("ERROR", "ConnectionError: the oven refused")
