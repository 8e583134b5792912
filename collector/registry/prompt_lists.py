"""Many prompts at once: pages of names, the versions of one, and the copy for flushes."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Text, cast, exists, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from collector import metrics
from collector.registry.prompt_rules import KNOWN_VERSIONS_MAX, VERSION_MAX
from collector.registry.schema import (
    projects,
    prompt_labels,
    prompt_tags,
    prompt_versions,
    prompts,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which versions count; None asks for all."""

    name: str | None = None
    version: int | None = None
    label: str | None = None
    tag: str | None = None
    from_ms: int | None = None
    to_ms: int | None = None

    @property
    def is_possible(self) -> bool:
        """What no text of a database can be, nothing is."""
        texts = (self.name, self.label, self.tag)
        return not any("\0" in (text or "") for text in texts) and (
            0 <= (self.version or 0) <= VERSION_MAX
        )


@dataclass(frozen=True, slots=True)
class Listed:
    """A name with those of its versions that were asked for; `config` is JSON text."""

    name: str
    type: str
    tags: list[str]
    labels: list[str]
    versions: list[int]
    updated_ms: int
    config: str


@dataclass(frozen=True, slots=True)
class ListedVersion:
    """One line of a prompt's history."""

    version: int
    labels: list[str]
    commit_message: str | None
    created_by: str
    created_ms: int


async def page(
    connection: AsyncConnection,
    project_id: str,
    wanted: Wanted,
    slice_: tuple[int, int],
    versions_max: int,
) -> tuple[list[Listed], int]:
    """Names in order, by number of the page and names on it, and how many there are in all."""
    number, limit = slice_
    if not wanted.is_possible:
        return [], 0
    matching = _matching(project_id, wanted).subquery()
    total = await connection.scalar(select(func.count(matching.c.prompt_id.distinct()))) or 0
    if (number - 1) * limit >= total:
        return [], total
    names = (
        select(prompts.c.id, prompts.c.name, prompts.c.type)
        .add_columns(func.max(matching.c.updated_ms).label("updated_ms"))
        .join(matching, matching.c.prompt_id == prompts.c.id)
        .group_by(prompts.c.id, prompts.c.name, prompts.c.type)
        .order_by(prompts.c.name)
        .limit(limit)
        .offset((number - 1) * limit)
    )
    rows = (await connection.execute(names)).all()
    ids = [row.id for row in rows]
    versions = await _versions(connection, _matching(project_id, wanted), ids, versions_max)
    configs = await _configs(connection, {id_: found[-1] for id_, found in versions.items()})
    labels = await _labels(connection, _matching(project_id, wanted), ids)
    tags = await _tags(connection, ids)
    listed = [
        Listed(
            name=row.name,
            type=row.type,
            tags=tags[row.id],
            labels=sorted(labels[row.id]),
            versions=versions[row.id],
            updated_ms=row.updated_ms,
            config=configs[row.id],
        )
        for row in rows
    ]
    return listed, total


async def history(
    connection: AsyncConnection, project_id: str, name: str, limit: int
) -> tuple[list[ListedVersion], int]:
    """The newest versions of a prompt, and how many it has."""
    mine = (prompts.c.project_id == project_id) & (prompts.c.name == name)
    total = await connection.scalar(
        select(func.count()).select_from(prompt_versions).join(prompts).where(mine)
    )
    versions = prompt_versions.c
    columns = (versions.prompt_id, versions.version, versions.commit_message)
    query = select(*columns, versions.created_by, versions.created_ms).join(prompts).where(mine)
    newest = query.order_by(prompt_versions.c.version.desc()).limit(limit)
    rows = (await connection.execute(newest)).all()
    labels: dict[int, list[str]] = defaultdict(list)
    if rows:
        given = select(prompt_labels).where(prompt_labels.c.prompt_id == rows[0].prompt_id)
        for row in await connection.execute(given.order_by(prompt_labels.c.position)):
            labels[row.version].append(row.label)
    found = [
        ListedVersion(
            row.version, labels[row.version], row.commit_message, row.created_by, row.created_ms
        )
        for row in rows
    ]
    return found, total or 0


async def snapshot(connection: AsyncConnection) -> list[dict[str, Any]]:
    """The ids of the newest versions of all projects: a text per name, as there may be many."""
    newest = (
        select(prompt_versions.c.id, prompt_versions.c.prompt_id, prompt_versions.c.version)
        .order_by(prompt_versions.c.created_ms.desc(), prompt_versions.c.id.desc())
        .limit(KNOWN_VERSIONS_MAX)
        .subquery()
    )
    known = cast(newest.c.version, Text) + ":" + newest.c.id
    query = (
        select(prompts.c.project_id, prompts.c.name)
        .add_columns(func.aggregate_strings(known, " ").label("versions"), func.count())
        .join(newest, newest.c.prompt_id == prompts.c.id)
        .join(projects, projects.c.id == prompts.c.project_id)
        .where(projects.c.deleted_ms.is_(None))
        .group_by(prompts.c.id, prompts.c.project_id, prompts.c.name)
        .order_by(prompts.c.id)
    )
    rows = (await connection.execute(query)).all()
    if sum(row[3] for row in rows) >= KNOWN_VERSIONS_MAX:
        metrics.LIMIT_HITS.labels("prompt_versions_known_max").inc()
    return [
        {
            "project_id": row.project_id,
            "name": row.name,
            "versions": " ".join(sorted(row.versions.split(" "))),
        }
        for row in rows
    ]


def _matching(project_id: str, wanted: Wanted) -> Select[Any]:
    """The versions asked for."""
    versions = prompt_versions.c
    query = (
        select(versions.prompt_id, versions.version, versions.updated_ms)
        .join(prompts)
        .where(prompts.c.project_id == project_id)
    )
    if wanted.name is not None:
        query = query.where(prompts.c.name == wanted.name)
    if wanted.version is not None:
        query = query.where(versions.version == wanted.version)
    if wanted.from_ms is not None:
        query = query.where(versions.updated_ms >= wanted.from_ms)
    if wanted.to_ms is not None:
        query = query.where(versions.updated_ms < wanted.to_ms)
    if wanted.label is not None:
        labelled = (
            (prompt_labels.c.prompt_id == versions.prompt_id)
            & (prompt_labels.c.version == versions.version)
            & (prompt_labels.c.label == wanted.label)
        )
        query = query.where(exists().where(labelled))
    if wanted.tag is not None:
        tagged = (prompt_tags.c.prompt_id == prompts.c.id) & (prompt_tags.c.tag == wanted.tag)
        query = query.where(exists().where(tagged))
    return query


async def _versions(
    connection: AsyncConnection, matching: Select[Any], ids: Sequence[str], versions_max: int
) -> dict[str, list[int]]:
    """Of each prompt, ascending; past the limit the newest of each."""
    each_max = max(1, versions_max // len(ids))
    rank = func.row_number().over(
        partition_by=prompt_versions.c.prompt_id, order_by=prompt_versions.c.version.desc()
    )
    ranked = (
        matching.where(prompt_versions.c.prompt_id.in_(ids))
        .add_columns(rank.label("rank"))
        .subquery()
    )
    # One more than is shown tells that there were more.
    query = select(ranked.c.prompt_id, ranked.c.version).where(ranked.c.rank <= each_max + 1)
    found: dict[str, list[int]] = defaultdict(list)
    for prompt_id, version in await connection.execute(query.order_by(ranked.c.version)):
        found[prompt_id].append(version)
    if any(len(versions) > each_max for versions in found.values()):
        metrics.LIMIT_HITS.labels("prompt_versions_listed_max").inc()
    return {prompt_id: versions[-each_max:] for prompt_id, versions in found.items()}


async def _configs(connection: AsyncConnection, newest: dict[str, int]) -> dict[str, str]:
    key = tuple_(prompt_versions.c.prompt_id, prompt_versions.c.version)
    query = select(prompt_versions.c.prompt_id, prompt_versions.c.config)
    rows = await connection.execute(query.where(key.in_(list(newest.items()))))
    return {row.prompt_id: row.config for row in rows}


async def _labels(
    connection: AsyncConnection, matching: Select[Any], ids: Sequence[str]
) -> dict[str, list[str]]:
    versions = matching.where(prompt_versions.c.prompt_id.in_(ids)).subquery()
    query = select(prompt_labels.c.prompt_id, prompt_labels.c.label).join(
        versions,
        (versions.c.prompt_id == prompt_labels.c.prompt_id)
        & (versions.c.version == prompt_labels.c.version),
    )
    found: dict[str, list[str]] = defaultdict(list)
    for prompt_id, label in await connection.execute(query):
        found[prompt_id].append(label)
    return found


async def _tags(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, list[str]]:
    query = select(prompt_tags).where(prompt_tags.c.prompt_id.in_(ids))
    found: dict[str, list[str]] = defaultdict(list)
    for row in await connection.execute(query.order_by(prompt_tags.c.position)):
        found[row.prompt_id].append(row.tag)
    return found
