"""What the documents say is what the code does."""

import ast
import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector import metrics
from collector.__main__ import COMMANDS
from collector.environment import declarations
from collector.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
METRICS_PAGE = (ROOT / "docs/metrics.md").read_text()

_DEFAULTS = {field.name: field.default for field in dataclasses.fields(Settings)}
_OWN_METRICS = {
    metric.name + ("_total" if metric.type == "counter" else ""): metric
    for metric in metrics.REGISTRY.collect()
    if metric.name.startswith("understudy_")
}
_UNITS = ("bytes", "seconds", "rows", "segments", "queries", "ratio", "total")


def setting_row(name: str) -> str:
    """The row of README's table, to be pasted there when it is absent."""
    declaration = declarations(Settings)[name]
    secret = " (secret)" if declaration.secret else ""
    shown = shown_default(name, _DEFAULTS[name])
    default = f"`{shown}`" if shown else ""
    return f"| `{declaration.variable}`{secret} | {default} | {declaration.meaning} |"


def shown_default(name: str, value: Any) -> str:
    if value in (None, "", ()):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(str(item) for item in value)
    if "bytes" in name:
        unit, size = next(pair for pair in _SIZES if value >= pair[1])
        return f"{value / size:g}{unit}"
    return str(value)


_SIZES = (("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024), ("", 1))


@pytest.mark.parametrize("name", list(_DEFAULTS))
def test_every_setting_stands_in_the_readme(name: str) -> None:
    assert setting_row(name) in README.splitlines()


def test_the_readme_names_no_setting_that_does_not_exist() -> None:
    listed = set(re.findall(r"^\| `([A-Z0-9_]+)`", README, re.MULTILINE))

    assert listed == {item.variable for item in declarations(Settings).values()}


def test_every_setting_is_read_somewhere() -> None:
    text = "\n".join(_sources())
    # buckets and parts of the database's address are read by their group
    own = [name for name in _DEFAULTS if not name.startswith(("s3_", "database_"))]

    assert [name for name in own if not re.search(rf"\.{name}\b", text)] == []


def test_every_limit_carries_its_unit_in_its_name() -> None:
    units = ("bytes", "seconds", "minutes", "hours", "days", "mib", "rows", "events")
    counts = {"duckdb_threads", "json_depth_max", "query_queue_max"}
    counts |= {name for name in _DEFAULTS if "observations" in name or "connections" in name}
    counts |= {"login_attempts_per_minute_max", "score_configs_max"}
    counts |= {"prompts_max", "prompt_versions_max", "prompt_versions_listed_max"}
    counts |= {"prompt_labels_max", "prompt_references_max"}
    counts |= {"models_max", "priced_names_max"}
    counts |= {"media_items_max", "media_downloads_max", "media_extraction"}
    counts |= {"session_traces_max"}
    counts |= {name for name in _DEFAULTS if name.startswith("dataset") and "bytes" not in name}
    own = {
        name for name, item in declarations(Settings).items() if item.variable.startswith("UNDER")
    }

    assert {name for name in own - counts if not set(name.split("_")) & set(units)} == set()


def test_every_metric_stands_in_its_page() -> None:
    rows = {f"| `{name}` | {metric.type} | " for name, metric in _OWN_METRICS.items()}

    assert {row for row in rows if row not in METRICS_PAGE} == set()


def test_the_page_names_no_metric_that_does_not_exist() -> None:
    assert set(re.findall(r"^\| `(understudy_\w+)`", METRICS_PAGE, re.MULTILINE)) == set(
        _OWN_METRICS
    )


def test_every_metric_ends_in_its_unit() -> None:
    assert {name for name in _OWN_METRICS if not name.endswith(_UNITS)} == set()


def test_every_metric_is_set_somewhere() -> None:
    declared = {
        node.targets[0].id
        for node in ast.parse(Path(metrics.__file__).read_text()).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id in {"_counter", "_gauge", "_histogram"}
    }
    used = set(re.findall(r"metrics\.([A-Z_]+)", "\n".join(_sources())))

    assert declared - used == set()


def test_every_command_stands_in_the_readme() -> None:
    assert {name for name in COMMANDS if f"`{name}`" not in README} == set()


def test_every_verb_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text()
    verbs = re.findall(r"^([a-z]+):(?! *:?=)(.*)$", makefile, re.MULTILINE)

    assert len(verbs) >= 8
    assert [name for name, rest in verbs if "##" not in rest] == []


def test_every_link_between_documents_leads_somewhere() -> None:
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    broken = [
        f"{document.name}: {target}"
        for document in documents
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", document.read_text())
        if not (document.parent / target).exists()
    ]

    assert broken == []


def test_requirement_files_are_pinned_by_hash_and_name_no_index() -> None:
    for file in ROOT.glob("requirements*.txt"):
        text = file.read_text()
        pins = re.findall(r"^[a-z0-9][^\n=]*==[^\n]*\\$", text, re.MULTILINE)
        assert pins, file.name
        assert not re.findall(r"^(-|https?:|git\+)", text, re.MULTILINE), file.name
        for block in re.split(r"\n(?=[a-z0-9])", text):
            assert "--hash=sha256:" in block, block


def _sources() -> Iterator[str]:
    for folder in ("collector", "web"):
        for path in (ROOT / folder).rglob("*.py"):
            yield path.read_text()
