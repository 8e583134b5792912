"""Which entry of the OWASP Top 10 for LLM applications a category belongs to, by edition."""

from typing import Final

EDITIONS: Final = ("2023", "2025", "2026")

# Category to (2023, 2025, 2026). content_safety is absent: no edition covers it.
_TABLE: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]]] = {
    "prompt_injection": (("LLM01",), ("LLM01",), ("LLM01",)),
    "sensitive_disclosure": (("LLM06",), ("LLM02",), ("LLM02",)),
    "excessive_agency": (("LLM08", "LLM07"), ("LLM06",), ("LLM03",)),
    "supply_chain": (("LLM05", "LLM10"), ("LLM03",), ("LLM04",)),
    "poisoning": (("LLM03",), ("LLM04",), ("LLM05",)),
    "unbounded_consumption": (("LLM04",), ("LLM10",), ("LLM06",)),
    "misinformation": (("LLM09",), ("LLM09",), ("LLM07",)),
    "hidden_context": ((), ("LLM07",), ("LLM08",)),
    "vector_weakness": ((), ("LLM08",), ("LLM09",)),
    "improper_output": (("LLM02",), ("LLM05",), ("LLM10",)),
}


def owasp_ids(category: str | None, edition: str | None = None) -> list[str]:
    """Ids such as `LLM01:2026`, newest edition first; empty where OWASP has no entry."""
    rows = _TABLE.get(category or "", ())
    return [
        f"{identifier}:{year}"
        for year, identifiers in reversed(list(zip(EDITIONS, rows, strict=False)))
        if edition in (None, year)
        for identifier in identifiers
    ]
