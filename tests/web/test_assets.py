"""Static files."""

import base64
import hashlib
import re

from tests.web.reader import Reader, tags
from web.assets import FOLDER, assets


def test_vendored_files_are_those_that_were_listed() -> None:
    listed = [
        line.split()
        for line in (FOLDER / "vendor" / "HASHES").read_text().splitlines()
        if not line.startswith("#")
    ]
    scripts = {path.name for path in (FOLDER / "vendor").glob("*.js")}
    assert {name for name, *_ in listed} == scripts
    for name, _, expected, *_ in listed:
        digest = hashlib.sha384((FOLDER / "vendor" / name).read_bytes()).digest()
        assert base64.b64encode(digest).decode() == expected


async def test_a_named_version_is_cached_for_ever(visitor: Reader) -> None:
    version = assets()["app.css"].version
    answer = await visitor.get(f"/static/app.css?v={version}")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.content == (FOLDER / "app.css").read_bytes()


async def test_another_version_is_asked_for_again(visitor: Reader) -> None:
    answer = await visitor.get("/static/app.css?v=old")
    assert answer.headers["cache-control"] == "no-cache"
    etag = answer.headers["etag"]
    again = await visitor.get("/static/app.css", headers={"if-none-match": etag})
    assert again.status_code == 304


async def test_only_listed_files_are_served(visitor: Reader) -> None:
    for path in ("vendor/HASHES", "vendor/LICENSE.htmx", "../app.py", "%2e%2e/app.py", "none.js"):
        assert (await visitor.get(f"/static/{path}")).status_code == 404


async def test_every_file_a_page_names_is_there(visitor: Reader) -> None:
    html = await visitor.page("/login")
    named = [
        address
        for _, attributes in tags(html)
        for address in (attributes.get("src"), attributes.get("href"))
        if address and "/static/" in address
    ]
    assert len(named) >= 4
    for address in named:
        assert (await visitor.get(address)).status_code == 200


def test_hand_written_parts_stay_small() -> None:
    assert (FOLDER / "app.css").stat().st_size <= 20 * 1024
    assert len((FOLDER / "keys.js").read_text().splitlines()) <= 200


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    drawn = set(re.findall(r'<symbol id="([a-z]+)"', (FOLDER / "icons.svg").read_text()))
    templates = FOLDER.parent / "templates"
    used = {
        name
        for path in templates.rglob("*.html")
        for name in re.findall(r'icon\("([a-z]+)"\)', path.read_text())
    }
    assert used
    assert used <= drawn
