"""Puts the texts of other prompts in the place of the references to them, within limits.

A prompt may stand in many texts, so what a small one leads to can be huge: everything read and
everything made counts.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from collector import metrics
from collector.errors import Conflict, InvalidRequest, UnderstudyError, Unprocessable
from collector.registry.prompt_rules import (
    RESOLUTION_DEPTH_MAX,
    VERSION_MAX,
    Limits,
    Reference,
    length_with_texts,
    references_in,
    texts_of,
    with_texts,
)
from collector.registry.schema import prompt_labels, prompt_versions, prompts

Graph = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Node:
    """A version on the way."""

    id: str
    name: str
    version: int
    body: Any

    def named(self) -> dict[str, Any]:
        """As the graph names it."""
        return {"id": self.id, "name": self.name, "version": self.version}


class _Made(NamedTuple):
    body: Any
    height: int


@dataclass(slots=True)
class Resolver:
    """For one prompt. What is wrong is 400 while it is being created and 409 when it is read."""

    connection: AsyncConnection
    project_id: str
    limits: Limits
    creating: bool = False
    _root: Node | None = None
    _path: set[str] = field(default_factory=set)
    _made: dict[str, _Made] = field(default_factory=dict)
    _children: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    _read: int = 0
    _length: int = 0

    async def resolved(self, root: Node) -> tuple[Any, Graph | None]:
        """The body without references, and who stands in whom; None if nobody does."""
        self._root = root
        made = await self._resolve(root, 0)
        if not self._children:
            return made.body, None
        return made.body, {"root": root.named(), "dependencies": self._children}

    async def _resolve(self, node: Node, level: int) -> _Made:
        known = self._made.get(node.id)
        if level + (known.height if known else 0) >= RESOLUTION_DEPTH_MAX:
            raise self._too_deep(node)
        if known is not None:
            return known
        assert self._root is not None
        is_of_root = node.name == self._root.name and node.id != self._root.id
        if node.id in self._path or is_of_root:
            message = "Circular dependency detected involving prompt "
            raise self._wrong(f"{message}'{node.name}' version {node.version}")
        self._grow(sum(map(len, texts_of(node.body))))
        self._path.add(node.id)
        made = await self._with_children(node, level)
        self._path.discard(node.id)
        self._made[node.id] = made
        return made

    async def _with_children(self, node: Node, level: int) -> _Made:
        texts: dict[Reference, str] = {}
        height = 0
        for reference in references_in(node.body):
            child = await self._find(reference)
            self._children.setdefault(node.id, []).append(child.named())
            made = await self._resolve(child, level + 1)
            texts[reference] = made.body
            height = max(height, made.height + 1)
        if not texts:
            return _Made(node.body, 0)
        self._grow(length_with_texts(node.body, texts))
        return _Made(with_texts(node.body, texts), height)

    async def _find(self, reference: Reference) -> Node:
        self._read += 1
        if self._read > self.limits.references_max:
            what = f"more than {self.limits.references_max} references to other prompts"
            raise self._too_much("prompt_references_max", what)
        columns = (prompt_versions.c.id, prompt_versions.c.version, prompt_versions.c.body)
        query = (
            select(*columns, prompts.c.type)
            .join(prompts)
            .where(prompts.c.project_id == self.project_id, prompts.c.name == reference.name)
        )
        if reference.version is not None:
            query = query.where(prompt_versions.c.version == reference.version)
        else:
            query = query.join(
                prompt_labels,
                (prompt_labels.c.prompt_id == prompt_versions.c.prompt_id)
                & (prompt_labels.c.version == prompt_versions.c.version),
            ).where(prompt_labels.c.label == reference.label)
        is_possible = "\0" not in str(reference) and (reference.version or 0) <= VERSION_MAX
        row = (await self.connection.execute(query)).first() if is_possible else None
        if row is None:
            raise self._wrong(f"Prompt dependency not found: {reference}")
        if row.type != "text":
            raise self._wrong(f"Prompt dependency is not a text prompt: {reference}")
        return Node(row.id, reference.name, row.version, orjson.loads(row.body))

    def _grow(self, characters: int) -> None:
        self._length += characters
        if self._length > self.limits.resolved_bytes_max:
            what = f"more than {self.limits.resolved_bytes_max} bytes"
            raise self._too_much("prompt_resolved_bytes_max", what)

    def _too_deep(self, node: Node) -> UnderstudyError:
        metrics.LIMIT_HITS.labels("prompt_resolution_depth_max").inc()
        where = f"'{node.name}' version {node.version}"
        return self._wrong(f"Prompts nest at most {RESOLUTION_DEPTH_MAX} deep, {where} is deeper")

    def _wrong(self, message: str) -> UnderstudyError:
        return InvalidRequest(message) if self.creating else Conflict(message)

    def _too_much(self, limit: str, what: str) -> UnderstudyError:
        metrics.LIMIT_HITS.labels(limit).inc()
        kind = InvalidRequest if self.creating else Unprocessable
        return kind(f"This prompt leads to {what}, with all that its references lead to")
