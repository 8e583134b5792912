"""How to send traces."""

import ast
import json
import re
import subprocess
from pathlib import Path

import pytest
from fastapi import FastAPI

from collector.registry.keys import Scope
from collector.services import Services
from tests.web.conftest import make_settings, reading, running
from tests.web.examples import chat
from tests.web.reader import Reader
from web.pages.setup import snippets

TEXTS = {each["title"]: each["text"] for each in snippets("http://host:1/x", "pk-lf-1")}


def test_every_way_in_names_the_host_and_the_key() -> None:
    assert len(TEXTS) == 6
    for text in TEXTS.values():
        assert "http://host:1/x" in text
        assert "pk-lf-1" in text


@pytest.mark.parametrize("title", ["Python SDK", "Python SDK 2"])
def test_the_python_snippets_are_python(title: str) -> None:
    ast.parse(TEXTS[title])


@pytest.mark.parametrize("title", ["curl", "OpenTelemetry (OTLP)"])
def test_the_shell_snippets_are_shell(title: str) -> None:
    assert subprocess.run(["bash", "-nc", TEXTS[title]], check=True).returncode == 0


async def test_what_the_curl_snippet_sends_is_taken(anna: Reader) -> None:
    body = re.search(r"-d '(.*)'$", TEXTS["curl"], re.DOTALL)
    assert body is not None
    filled = re.sub(r"'\$\(uuidgen\)'", "some-id", body[1])
    filled = re.sub(r"'\$\(date[^)]*\)'", "2026-11-24T12:00:00Z", filled)
    await anna.sends(json.loads(filled)["batch"])
    assert "hello" in await anna.page("/project/project-a/traces/some-id")


async def test_the_page_is_there_also_when_traces_have_come(anna: Reader) -> None:
    await anna.sends(chat("t1"))
    html = await anna.page("/project/project-a/setup")
    assert "pk-lf-anna" in html
    assert "Waiting for the first trace" not in html


async def test_a_project_without_a_key_still_shows_how(anna: Reader, services: Services) -> None:
    for key in await services.registry.keys(Scope(project_id="project-a")):
        await services.registry.revoke_key(key.public_key)
    assert "pk-lf-..." in await anna.page("/project/project-a/setup")


async def test_the_public_address_is_the_one_that_is_configured(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, nextauth_url="https://traces.example.org")
    async with running(settings) as app:
        html = await _setup_page(app)
    assert "https://traces.example.org" in html
    assert "http://testserver" not in html


async def _setup_page(app: FastAPI) -> str:
    async with reading(app) as person:
        await person.has_session_of(app.state.services, "anna@example.org")
        return await person.page("/project/project-a/setup")
