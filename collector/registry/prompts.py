"""Prompts by name: their versions, and the labels, tags and dependencies of these.

Whoever changes anything first locks the project, for a label moved here may close a circle there.
"""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Row, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from collector import metrics
from collector.errors import InvalidRequest, NotFound
from collector.registry.identifiers import new_id, now_ms
from collector.registry.prompt_resolution import Node, Resolver
from collector.registry.prompt_rules import (
    LATEST,
    VERSION_MAX,
    Limits,
    NewPrompt,
    Prompt,
    Reference,
    clashing_names,
    references_in,
)
from collector.registry.schema import (
    projects,
    prompt_dependencies,
    prompt_labels,
    prompt_tags,
    prompt_versions,
    prompts,
)

_DEPENDANTS_NAMED_MAX = 20
_DIFFERENT_TYPE = (
    "Previous versions have different prompt type. Create a new prompt with a different name."
)


async def create(
    connection: AsyncConnection, project_id: str, new: NewPrompt, limits: Limits
) -> Prompt:
    """The next version of the name, which takes its labels from the others. Raises InvalidRequest.

    Also raises NotFound when the project is gone.
    """
    await _lock(connection, project_id)
    _check_alone(new, limits)
    known = await _named(connection, project_id, new.name)
    if known is None:
        await _check_number_of_prompts(connection, project_id, limits)
    elif known.type != new.type:
        raise InvalidRequest(_DIFFERENT_TYPE)
    version = 1 if known is None else await _next_version(connection, known.id, limits)
    root = Node(new_id(), new.name, version, new.body)
    resolver = Resolver(connection, project_id, limits, creating=True)
    await resolver.resolved(root)
    prompt_id = await _new_name(connection, project_id, new) if known is None else known.id
    moment_ms = now_ms()
    await connection.execute(
        insert(prompt_versions).values(
            id=root.id,
            prompt_id=prompt_id,
            version=version,
            created_ms=moment_ms,
            updated_ms=moment_ms,
            created_by="API",
            is_active=new.is_active,
            commit_message=new.commit_message,
            config=orjson.dumps(new.config).decode(),
            body=orjson.dumps(new.body).decode(),
        )
    )
    await _give(connection, prompt_id, version, [*dict.fromkeys([*new.labels, LATEST])], moment_ms)
    if new.tags is not None:
        await _tag(connection, prompt_id, list(dict.fromkeys(new.tags)), moment_ms)
    await _depend(connection, project_id, root.id, references_in(new.body))
    return await _one(connection, project_id, new.name, version)


async def find(
    connection: AsyncConnection,
    project_id: str,
    name: str,
    version: int | None = None,
    label: str | None = None,
) -> Prompt | None:
    """By version or by label, one of which is given."""
    if "\0" in name or "\0" in (label or "") or not 0 <= (version or 0) <= VERSION_MAX:
        return None
    query = (
        select(prompt_versions, prompts.c.project_id, prompts.c.name, prompts.c.type)
        .join(prompts)
        .where(prompts.c.project_id == project_id, prompts.c.name == name)
    )
    if version is not None:
        query = query.where(prompt_versions.c.version == version)
    else:
        query = query.where(prompt_versions.c.version == _version_with(label))
    row = (await connection.execute(query)).first()
    return None if row is None else await _from_row(connection, row)


async def add_labels(
    connection: AsyncConnection,
    project_id: str,
    name: str,
    version: int,
    labels: Sequence[str],
    limits: Limits,
) -> Prompt:
    """The labels before those the version has; no other version keeps them. Raises NotFound."""
    await _lock(connection, project_id)
    found = await find(connection, project_id, name, version)
    if found is None:
        raise NotFound(f"Prompt '{name}' version {version} not found in project")
    if not labels:
        return found
    all_of_it = [*dict.fromkeys([*labels, *found.labels])]
    prompt = await _named(connection, project_id, name)
    assert prompt is not None
    await _check_labels(connection, prompt.id, all_of_it, limits)
    await _give(connection, prompt.id, version, all_of_it, now_ms())
    return await _one(connection, project_id, name, version)


async def remove(
    connection: AsyncConnection,
    project_id: str,
    name: str,
    version: int | None = None,
    label: str | None = None,
) -> None:
    """One version, or all. Raises NotFound, and InvalidRequest when others depend on them."""
    await _lock(connection, project_id)
    if version is None and label is None:
        known = None if "\0" in name else await _named(connection, project_id, name)
        if known is None:
            raise NotFound("Prompt not found")
        await _check_dependants(connection, project_id, name, None)
        await connection.execute(delete(prompts).where(prompts.c.id == known.id))
        return
    found = await find(connection, project_id, name, version, label)
    if found is None:
        raise NotFound("Prompt not found")
    prompt = await _named(connection, project_id, name)
    assert prompt is not None
    versions = prompt_versions.c.prompt_id == prompt.id
    others = versions & (prompt_versions.c.version != found.version)
    newest = await connection.scalar(select(func.max(prompt_versions.c.version)).where(others))
    lost = [label for label in found.labels if label != LATEST or newest is None]
    await _check_dependants(connection, project_id, name, (found.version, lost))
    if newest is None:
        await connection.execute(delete(prompts).where(prompts.c.id == prompt.id))
        return
    await connection.execute(delete(prompt_versions).where(prompt_versions.c.id == found.id))
    if LATEST in found.labels:
        labels = [*await _labels(connection, prompt.id, newest), LATEST]
        await _give(connection, prompt.id, newest, labels, now_ms())


# -- rules -------------------------------------------------------------------------------------


async def _lock(connection: AsyncConnection, project_id: str) -> None:
    """One change of prompts at a time. A write, so that SQLite locks before anything is read."""
    own_name = update(projects).where(projects.c.id == project_id, projects.c.deleted_ms.is_(None))
    done = await connection.execute(own_name.values(name=projects.c.name))
    if not done.rowcount:
        raise NotFound("Project not found")


def _check_alone(new: NewPrompt, limits: Limits) -> None:
    clashing = clashing_names(new.body)
    if clashing:
        message = "Cannot create prompt, variables and placeholders must be unique, "
        raise InvalidRequest(message + "the following are not: " + ", ".join(clashing))
    if max(len(new.labels), len(new.tags or ())) > limits.labels_max:
        raise _past("prompt_labels_max", f"a prompt has at most {limits.labels_max} of each kind")


async def _check_number_of_prompts(
    connection: AsyncConnection, project_id: str, limits: Limits
) -> None:
    mine = select(func.count()).select_from(prompts).where(prompts.c.project_id == project_id)
    if (await connection.scalar(mine) or 0) >= limits.prompts_max:
        message = f"this project has {limits.prompts_max} prompts, which is the most it may have"
        raise _past("prompts_max", message)


async def _next_version(connection: AsyncConnection, prompt_id: str, limits: Limits) -> int:
    query = select(func.max(prompt_versions.c.version), func.count())
    newest, number = (
        await connection.execute(query.where(prompt_versions.c.prompt_id == prompt_id))
    ).one()
    if number >= limits.versions_max:
        message = f"this prompt has {number} versions, which is the most it may have: delete some"
        raise _past("prompt_versions_max", message)
    return int(newest) + 1


async def _check_labels(
    connection: AsyncConnection, prompt_id: str, labels: list[str], limits: Limits
) -> None:
    """Those that other versions keep count too."""
    query = select(func.count()).where(
        prompt_labels.c.prompt_id == prompt_id, prompt_labels.c.label.not_in(labels)
    )
    if len(labels) > limits.labels_max or (
        len(labels) + (await connection.scalar(query) or 0) > limits.labels_max
    ):
        raise _past("prompt_labels_max", f"a prompt has at most {limits.labels_max} labels")


def _past(limit: str, message: str) -> InvalidRequest:
    metrics.LIMIT_HITS.labels(limit).inc()
    return InvalidRequest(message)


async def _check_dependants(
    connection: AsyncConnection,
    project_id: str,
    name: str,
    lost: tuple[int, list[str]] | None,
) -> None:
    """Nobody may depend on the version or the labels that are lost; None is all of the name."""
    depends = prompt_dependencies.c
    query = (
        select(prompts.c.name, prompt_versions.c.version, depends.child_version)
        .add_columns(depends.child_label)
        .select_from(prompt_dependencies)
        .join(prompt_versions, prompt_versions.c.id == depends.parent_id)
        .join(prompts, prompts.c.id == prompt_versions.c.prompt_id)
        .where(depends.project_id == project_id, depends.child_name == name)
        .order_by(prompts.c.name, prompt_versions.c.version, depends.position)
        .limit(_DEPENDANTS_NAMED_MAX)
    )
    if lost is not None:
        version, labels = lost
        query = query.where(or_(depends.child_version == version, depends.child_label.in_(labels)))
    lines = [
        f"{parent} v{version} depends on {name} "
        + (f"v{child_version}" if child_version is not None else str(child_label))
        for parent, version, child_version, child_label in await connection.execute(query)
    ]
    if lines:
        beginning = "Other prompts are depending on prompt versions you are trying to delete:"
        end = "Please delete the dependent prompts first."
        raise InvalidRequest("\n\n".join((beginning, "\n".join(lines), end)))


# -- rows --------------------------------------------------------------------------------------


async def _named(connection: AsyncConnection, project_id: str, name: str) -> Row[Any] | None:
    query = select(prompts).where(prompts.c.project_id == project_id, prompts.c.name == name)
    return (await connection.execute(query)).first()


async def _new_name(connection: AsyncConnection, project_id: str, new: NewPrompt) -> str:
    prompt_id = new_id()
    row = {"id": prompt_id, "project_id": project_id, "name": new.name, "type": new.type}
    await connection.execute(insert(prompts).values(row))
    return prompt_id


async def _give(
    connection: AsyncConnection, prompt_id: str, version: int, labels: list[str], moment_ms: int
) -> None:
    """Exactly these labels to the version; who had one of them has changed as well."""
    mine = prompt_labels.c.prompt_id == prompt_id
    losing = delete(prompt_labels).where(
        mine, or_(prompt_labels.c.label.in_(labels), prompt_labels.c.version == version)
    )
    rows = await connection.execute(losing.returning(prompt_labels.c.version))
    changed = {version, *(row.version for row in rows)}
    await connection.execute(
        insert(prompt_labels),
        [
            {"prompt_id": prompt_id, "label": label, "version": version, "position": position}
            for position, label in enumerate(labels)
        ],
    )
    await connection.execute(
        update(prompt_versions)
        .where(prompt_versions.c.prompt_id == prompt_id, prompt_versions.c.version.in_(changed))
        .values(updated_ms=moment_ms)
    )


async def _tag(
    connection: AsyncConnection, prompt_id: str, tags: list[str], moment_ms: int
) -> None:
    """Tags are the name's: with them every version has changed."""
    if tags == await _tags(connection, prompt_id):
        return
    await connection.execute(delete(prompt_tags).where(prompt_tags.c.prompt_id == prompt_id))
    rows = [
        {"prompt_id": prompt_id, "tag": tag, "position": position}
        for position, tag in enumerate(tags)
    ]
    if rows:
        await connection.execute(insert(prompt_tags), rows)
    versions = update(prompt_versions).where(prompt_versions.c.prompt_id == prompt_id)
    await connection.execute(versions.values(updated_ms=moment_ms))


async def _depend(
    connection: AsyncConnection, project_id: str, parent_id: str, references: list[Reference]
) -> None:
    rows = [
        {
            "parent_id": parent_id,
            "position": position,
            "project_id": project_id,
            "child_name": reference.name,
            "child_version": reference.version,
            "child_label": reference.label,
        }
        for position, reference in enumerate(references)
    ]
    if rows:
        await connection.execute(insert(prompt_dependencies), rows)


def _version_with(label: str | None) -> Any:
    """Of the prompt that the statement around it is about."""
    return (
        select(prompt_labels.c.version)
        .where(prompt_labels.c.prompt_id == prompts.c.id, prompt_labels.c.label == label)
        .scalar_subquery()
    )


async def _labels(connection: AsyncConnection, prompt_id: str, version: int) -> list[str]:
    query = (
        select(prompt_labels.c.label)
        .where(prompt_labels.c.prompt_id == prompt_id, prompt_labels.c.version == version)
        .order_by(prompt_labels.c.position)
    )
    return list(await connection.scalars(query))


async def _tags(connection: AsyncConnection, prompt_id: str) -> list[str]:
    query = select(prompt_tags.c.tag).where(prompt_tags.c.prompt_id == prompt_id)
    return list(await connection.scalars(query.order_by(prompt_tags.c.position)))


async def _one(connection: AsyncConnection, project_id: str, name: str, version: int) -> Prompt:
    found = await find(connection, project_id, name, version)
    assert found is not None
    return found


async def _from_row(connection: AsyncConnection, row: Row[Any]) -> Prompt:
    return Prompt(
        id=row.id,
        project_id=row.project_id,
        name=row.name,
        version=row.version,
        type=row.type,
        body=orjson.loads(row.body),
        config=orjson.loads(row.config),
        tags=await _tags(connection, row.prompt_id),
        labels=await _labels(connection, row.prompt_id, row.version),
        commit_message=row.commit_message,
        created_by=row.created_by,
        is_active=row.is_active,
        created_ms=row.created_ms,
        updated_ms=row.updated_ms,
    )
