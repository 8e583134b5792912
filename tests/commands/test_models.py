"""`understudy models`, handed over and alone."""

import json
from pathlib import Path

from collector.registry import price_table
from tests.commands.conftest import Shell


def table_of(path: Path, *, dated: str = "2030-01-01") -> Path:
    """A table with one model."""
    body = {
        "dated": dated,
        "source": "a test",
        "patterns": {"own": "(?i)^(NAMES)$"},
        "usage_keys": {"plain": {"input": ["input"]}},
    }
    model = {
        "name": "tiny",
        "provider": "own",
        "names": "tiny(-[0-9]+)?",
        "keys": "plain",
        "tiers": [{"name": "Standard", "prices": {"input": "2"}}],
    }
    path.write_text(json.dumps(body) + "\n" + json.dumps(model) + "\n")
    return path


def test_models_are_listed_with_their_prices(shell: Shell) -> None:
    listed = shell("models", "list", "gpt-4o-mini")
    as_json = json.loads(shell("models", "list", "gpt-4o-mini", "--json").out)

    assert listed.code == 0
    assert any(
        line.split() == ["gpt-4o-mini", "input", "0.15", "output", "0.6"]
        for line in listed.out.splitlines()
    )
    prices = {model["modelName"]: model["prices"] for model in as_json["models"]}
    assert prices["gpt-4o-mini"]["output"] == "0.0000006"


def test_a_table_of_ones_own_replaces_the_packaged_one_and_back(
    shell: Shell, tmp_path: Path
) -> None:
    loaded = shell("models", "refresh", str(table_of(tmp_path / "own.json")))
    listed = shell("models", "list", "--json")
    stays = shell("migrate")
    again = shell("models", "refresh", "--json")

    assert loaded.out == "the registry holds 1 models, priced on 2030-01-01\n"
    assert [model["modelName"] for model in json.loads(listed.out)["models"]] == ["tiny"]
    assert stays.code == 0
    assert json.loads(again.out)["models"] == len(list(price_table.packaged().rows()))


def test_a_file_that_is_no_table_is_refused_by_its_name(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_text("{}")
    odd = shell("models", "refresh", str(tmp_path / "odd.json"))
    gone = shell("models", "refresh", str(tmp_path / "gone.json"))

    assert (odd.code, "odd.json is no table of prices" in odd.err) == (1, True)
    assert (gone.code, "gone.json cannot be read" in gone.err) == (1, True)
