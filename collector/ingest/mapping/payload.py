"""Input and output of one span, as a convention found them."""

from dataclasses import dataclass
from typing import Any

from collector.ingest.mapping.attributes import truthy


@dataclass(frozen=True, slots=True)
class Payload:
    """Both sides; `None` is not found."""

    input: Any = None
    output: Any = None


def found(input_value: Any, output_value: Any) -> Payload | None:
    """What is truthy of the two; `None` when neither is."""
    given = Payload(
        input_value if input_value is not None and truthy(input_value) else None,
        output_value if output_value is not None and truthy(output_value) else None,
    )
    return None if given.input is None and given.output is None else given
