"""From what a guardrail says (a scanner's name, a category, a reason) to a canonical category."""

import re
from typing import Final

# Looked for in this order: a text that names two subjects is filed under the graver one.
_KEYWORDS: Final[tuple[tuple[str, str], ...]] = (
    (
        "hidden_context",
        r"system ?prompt ?leak|hidden ?context|prompt ?(leak|extraction|disclosure)",
    ),
    (
        "prompt_injection",
        r"injection|jail ?break|prompt ?attack|attack ?detected|invisible ?text|prompt ?guard",
    ),
    (
        "sensitive_disclosure",
        (
            r"\bpii\b|secrets?\b|sensitive|anonymi[sz]e|credential|api ?key|password|private data"
            r"|personal data|credit ?card|\biban\b|\bssn\b|data ?leak|presidio"
        ),
    ),
    (
        "excessive_agency",
        r"excessive ?agency|tool ?(denied|abuse|misuse)|unauthori[sz]ed ?tool",
    ),
    (
        "unbounded_consumption",
        r"token ?limit|rate ?limit|too many (tokens|requests)|budget|unbounded|denial of service",
    ),
    (
        "improper_output",
        r"malicious ?url|url ?reachab|\bxss\b|improper ?output|^json$|ban ?code|\bcode\b",
    ),
    (
        "misinformation",
        r"hallucinat|factual|grounded|misinformation|^relevance$|off ?context",
    ),
    ("poisoning", r"poison"),
    ("supply_chain", r"supply ?chain|unknown ?(model|provider)"),
    ("vector_weakness", r"vector ?weakness|cross ?tenant"),
    (
        "content_safety",
        (
            r"toxic|hate|sexual|violen|self ?harm|harass|bias|profan|nsfw|ban ?(topic|sub)"
            r"|competitor|off ?topic|language|gibberish|sentiment|emotion|refusal"
            r"|content ?(safety|filter)"
            r"|harmful|regex|reading ?time|moderation"
        ),
    ),
)
_PATTERNS: Final = tuple((name, re.compile(pattern)) for name, pattern in _KEYWORDS)
_WORD_BREAKS: Final = re.compile(r"[^a-z0-9]+")
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def words(text: str) -> str:
    """`PromptInjection`, `prompt-injection` and `prompt_injection` become one spelling."""
    return _WORD_BREAKS.sub(" ", _CAMEL.sub(" ", text).lower()).strip()


def category_of(*said: str | None) -> str | None:
    """The category of the first text that names one, None when none does."""
    for text in said:
        spelled = words(text or "")
        for category, pattern in _PATTERNS:
            if category == spelled.replace(" ", "_") or pattern.search(spelled):
                return category
    return None
