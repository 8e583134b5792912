import pytest
from starlette.datastructures import Headers

from collector.ingest.attribution import origin_from_headers
from collector.records.change import Origin


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Langfuse-Sdk-Name": "python", "X-Langfuse-Sdk-Version": "5.0.4"},
        {"x_langfuse_sdk_name": "python", "x_langfuse_sdk_version": "5.0.4"},
    ],
)
def test_both_spellings_of_the_headers_are_read(headers: dict[str, str]) -> None:
    origin = origin_from_headers(Headers(headers), "pk", "otel")

    assert origin == Origin("pk", "python", "5.0.4", "otel")


def test_a_client_that_says_nothing_is_unknown() -> None:
    assert origin_from_headers(Headers({}), "pk", "api") == Origin(
        "pk", "unknown", "unknown", "api"
    )


def test_an_endless_name_is_cut() -> None:
    origin = origin_from_headers(Headers({"x-langfuse-sdk-name": "n" * 10_000}), "pk", "api")

    assert origin.sdk_name == "n" * 200
