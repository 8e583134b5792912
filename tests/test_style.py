"""The sizes of the house style, on every file of ours."""

import ast
import io
import statistics
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
_CODE = ("collector", "web", "scripts", "bench")

MODULE_LINES_MAX = 400
TEST_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
SQL_LINES_MAX = 120
TEMPLATE_LINES_MAX = 200
SCRIPT_LINES_MAX = 300
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}


def modules(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (ROOT / folder).rglob("*.py")


def lines_of(path: Path) -> int:
    return len(path.read_text().splitlines())


def longer_than(limit: int, paths: Iterator[Path]) -> list[str]:
    sizes = {path: lines_of(path) for path in paths}
    return [f"{path.relative_to(ROOT)}: {size}" for path, size in sizes.items() if size > limit]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_module_is_too_long() -> None:
    assert longer_than(MODULE_LINES_MAX, modules(*_CODE)) == []


def test_no_test_module_is_too_long() -> None:
    assert longer_than(TEST_LINES_MAX, modules("tests")) == []


def test_no_statement_or_template_is_too_long() -> None:
    queries = (path for path in (ROOT / "collector").rglob("*.sql") if path.parent.name != "schema")
    statements = longer_than(SQL_LINES_MAX, queries)
    templates = longer_than(TEMPLATE_LINES_MAX, (ROOT / "web/templates").rglob("*.html"))

    assert statements + templates == []


def test_hand_written_javascript_stays_small() -> None:
    scripts = [p for p in (ROOT / "web").rglob("*.js") if "vendor" not in p.parts]

    assert sum(lines_of(path) for path in scripts) <= SCRIPT_LINES_MAX


def test_no_function_is_too_long() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {node.name} {length(node)}"
        for path in modules(*_CODE, "tests")
        for node in functions(path)
        if length(node) > FUNCTION_LINES_MAX
    ]

    assert long == []


def test_most_functions_are_short() -> None:
    sizes = [length(node) for path in modules("collector", "web") for node in functions(path)]

    assert statistics.quantiles(sizes, n=20)[-1] <= 40


def test_no_module_has_a_vague_name() -> None:
    assert [str(path) for path in modules(*_CODE, "tests") if path.stem in VAGUE_NAMES] == []


def test_every_broad_except_says_why() -> None:
    unexplained = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in modules("collector", "web")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if "BLE001" in line and len(line.partition("BLE001")[2].split()) < 3
    ]

    assert unexplained == []


def test_comments_are_few_enough_to_be_read() -> None:
    comments = code = 0
    for path in modules("collector", "web"):
        text = path.read_text()
        code += len(text.splitlines())
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        comments += sum(token.type == tokenize.COMMENT for token in tokens)

    assert comments / code <= 0.08


def test_no_file_names_a_place_of_one_machine() -> None:
    words = ("/ro" + "ot/", "/ho" + "me/", "/wo" + "rk/")
    suffixes = {".py", ".md", ".sh", ".sql", ".html", ".toml", ".yaml", ".yml", ".txt", ".js"}
    found = [
        str(path.relative_to(ROOT))
        for folder in (*_CODE, "tests", "docs", "deploy")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in suffixes and any(word in path.read_text() for word in words)
    ]

    assert found == []
