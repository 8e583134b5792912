"""Canonical categories and their OWASP entries."""

import pytest

from collector.guardrails.categories import category_of
from collector.guardrails.owasp import owasp_ids


@pytest.mark.parametrize(
    ("said", "category"),
    [
        ("PromptInjection", "prompt_injection"),
        ("injection_detected", "prompt_injection"),
        ("jailbreak", "prompt_injection"),
        ("InvisibleText", "prompt_injection"),
        ("prompt_attack", "prompt_injection"),
        ("Anonymize", "sensitive_disclosure"),
        ("Deanonymize", "sensitive_disclosure"),
        ("Sensitive", "sensitive_disclosure"),
        ("Secrets", "sensitive_disclosure"),
        ("pii/credit_card", "sensitive_disclosure"),
        ("TokenLimit", "unbounded_consumption"),
        ("MaliciousURLs", "improper_output"),
        ("URLReachability", "improper_output"),
        ("JSON", "improper_output"),
        ("BanCode", "improper_output"),
        ("FactualConsistency", "misinformation"),
        ("Relevance", "misinformation"),
        ("NoRefusal", "content_safety"),
        ("Toxicity", "content_safety"),
        ("Bias", "content_safety"),
        ("BanTopics", "content_safety"),
        ("BanSubstrings", "content_safety"),
        ("Gibberish", "content_safety"),
        ("EmotionDetection", "content_safety"),
        ("system_prompt_leak", "hidden_context"),
        ("excessive_agency", "excessive_agency"),
        ("poisoning", "poisoning"),
        ("vector_weakness", "vector_weakness"),
        ("supply_chain", "supply_chain"),
        ("llm-guard", None),
        ("", None),
        (None, None),
    ],
)
def test_a_guardrails_own_words_name_a_category(said: str | None, category: str | None) -> None:
    assert category_of(said) == category


def test_the_first_text_that_names_a_category_decides() -> None:
    assert category_of(None, "llm-guard", "Toxicity", "injection") == "content_safety"


@pytest.mark.parametrize(
    ("category", "ids"),
    [
        ("prompt_injection", ["LLM01:2026", "LLM01:2025", "LLM01:2023"]),
        ("sensitive_disclosure", ["LLM02:2026", "LLM02:2025", "LLM06:2023"]),
        ("excessive_agency", ["LLM03:2026", "LLM06:2025", "LLM08:2023", "LLM07:2023"]),
        ("supply_chain", ["LLM04:2026", "LLM03:2025", "LLM05:2023", "LLM10:2023"]),
        ("poisoning", ["LLM05:2026", "LLM04:2025", "LLM03:2023"]),
        ("unbounded_consumption", ["LLM06:2026", "LLM10:2025", "LLM04:2023"]),
        ("misinformation", ["LLM07:2026", "LLM09:2025", "LLM09:2023"]),
        ("hidden_context", ["LLM08:2026", "LLM07:2025"]),
        ("vector_weakness", ["LLM09:2026", "LLM08:2025"]),
        ("improper_output", ["LLM10:2026", "LLM05:2025", "LLM02:2023"]),
        ("content_safety", []),
        (None, []),
    ],
)
def test_each_category_has_its_entries_newest_first(category: str | None, ids: list[str]) -> None:
    assert owasp_ids(category) == ids


def test_one_edition_can_be_asked_for() -> None:
    assert owasp_ids("improper_output", "2026") == ["LLM10:2026"]
