"""The prompts of a project, and one of them with its versions. Everything in them is only shown."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from collector.errors import NotFound
from collector.registry.prompt_rules import LATEST, VERSION_MAX, references_in
from web.access import ForMembers, services_of
from web.answers import page
from web.payloads import SHOWN_CHARACTERS_MAX
from web.reading import PAGE_ROWS, page_facts, page_number
from web.routes import PageRoute

if TYPE_CHECKING:
    from collector.registry.prompt_lists import Listed, ListedVersion
    from collector.registry.prompt_rules import Prompt

router = APIRouter(route_class=PageRoute)

_VERSIONS_SHOWN_MAX: Final = 100
_MESSAGES_SHOWN_MAX: Final = 200
_REFERENCES_SHOWN_MAX: Final = 20


def list_view(prompts: "list[Listed]", total: int, page_: int) -> dict[str, Any]:
    """One page of names. Pure."""
    rows = [asdict(prompt) for prompt in prompts]
    for row in rows:
        del row["config"]
        row["versions_count"] = len(row["versions"])
        row["newest"] = row["versions"][-1]
    return {"rows": rows, **page_facts(page_, rows, total)}


def prompt_view(
    prompt: "Prompt", versions: "list[ListedVersion]", versions_total: int
) -> dict[str, Any]:
    """One version, and the history of its name. Pure."""
    messages, is_cut = _messages(prompt.body)
    config = json.dumps(prompt.config, ensure_ascii=False, indent=2)
    shown = {
        name: getattr(prompt, name)
        for name in (
            *("id", "name", "version", "type", "labels", "tags", "commit_message"),
            *("created_by", "created_ms", "updated_ms"),
        )
    }
    references = references_in(prompt.body)[:_REFERENCES_SHOWN_MAX]
    return {
        "prompt": {
            **shown,
            "messages": messages,
            "config": config[:SHOWN_CHARACTERS_MAX],
            "is_cut": is_cut or len(config) > SHOWN_CHARACTERS_MAX,
            "references": [asdict(reference) for reference in references],
        },
        "versions": [asdict(version) for version in versions],
        "versions_total": versions_total,
    }


def _messages(body: Any) -> tuple[list[dict[str, Any]], bool]:
    """A text is one message without a role; the second value tells whether not all is there."""
    said = [{"content": body}] if isinstance(body, str) else body
    left = SHOWN_CHARACTERS_MAX
    found = []
    is_cut = len(said) > _MESSAGES_SHOWN_MAX
    for message in said[:_MESSAGES_SHOWN_MAX]:
        text = message.get("content", "")
        placeholder = None if "content" in message else message["name"]
        found.append({"role": message.get("role"), "text": text[:left], "placeholder": placeholder})
        is_cut = is_cut or len(text) > left
        left = max(0, left - len(text))
    return found, is_cut


@router.get("/project/{project_id}/prompts")
async def list_prompts(request: Request, project: ForMembers) -> Response:
    """Names in their order, with versions, labels and tags."""
    # Imported here and below: it brings SQLAlchemy, a second of the start.
    from collector.registry import prompt_lists

    services = services_of(request)
    number = page_number(request.query_params.get("page"))
    versions_max = services.settings.prompt_versions_listed_max
    found, total = await services.registry.run(
        lambda connection: prompt_lists.page(
            connection, project.id, prompt_lists.Wanted(), (number, PAGE_ROWS), versions_max
        )
    )
    return page(request, "prompts.html", list_view(found, total, number))


@router.get("/project/{project_id}/prompts/{name:path}")
async def show_prompt(request: Request, project: ForMembers, name: str) -> Response:
    """One version, the newest unless `?version=` says which, and the history."""
    from collector.registry import prompt_lists, prompts

    version = _number(request.query_params.get("version"))
    label = None if version else request.query_params.get("label") or LATEST

    async def read(
        connection: Any,
    ) -> "tuple[Prompt, list[ListedVersion], int] | None":
        found = await prompts.find(connection, project.id, name, version, label)
        if found is None:
            return None
        history = await prompt_lists.history(connection, project.id, name, _VERSIONS_SHOWN_MAX)
        return found, *history

    answer = await services_of(request).registry.run(read)
    if answer is None:
        which = f" in version {version}" if version else ""
        raise NotFound(f"{project.name} has no prompt {name}{which}")
    return page(request, "prompt.html", prompt_view(*answer))


def _number(text: str | None) -> int | None:
    """Nonsense asks for the newest, as no number does."""
    number = int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else 0
    return min(number, VERSION_MAX) or None
