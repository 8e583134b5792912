"""Prompts in the tables of both engines: versions, labels, references, deletion, concurrency."""

import asyncio
import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from collector import metrics
from collector.errors import Conflict, InvalidRequest, NotFound, UnderstudyError, Unprocessable
from collector.registry import prompt_lists, prompts
from collector.registry.database import Database
from collector.registry.prompt_lists import Wanted
from collector.registry.prompt_resolution import Node, Resolver
from collector.registry.prompt_rules import Limits, NewPrompt, Prompt
from collector.registry.registry import Registry
from collector.settings import Settings

LIMITS = Limits(
    prompts_max=50,
    versions_max=50,
    labels_max=10,
    references_max=20,
    resolved_bytes_max=10_000,
)


@dataclasses.dataclass
class Prompts:
    """The prompts of one project."""

    registry: Registry
    project_id: str
    limits: Limits = LIMITS

    async def add(self, name: str = "p", body: Any = "text", **more: Any) -> Prompt:
        more.setdefault("type", "text" if isinstance(body, str) else "chat")
        new = NewPrompt(name=name, body=body, config={}, **more)
        return await self.registry.run(
            lambda c: prompts.create(c, self.project_id, new, self.limits)
        )

    async def find(self, name: str, **wanted: Any) -> Prompt | None:
        return await self.registry.run(lambda c: prompts.find(c, self.project_id, name, **wanted))

    async def label(self, name: str, version: int, *labels: str) -> Prompt:
        return await self.registry.run(
            lambda c: prompts.add_labels(c, self.project_id, name, version, labels, self.limits)
        )

    async def remove(self, name: str, **wanted: Any) -> None:
        await self.registry.run(lambda c: prompts.remove(c, self.project_id, name, **wanted))

    async def labels(self, name: str) -> dict[int, list[str]]:
        found, _ = await self.registry.run(
            lambda c: prompt_lists.history(c, self.project_id, name, 100)
        )
        return {entry.version: entry.labels for entry in reversed(found)}

    async def resolved(self, name: str, label: str = "latest") -> Any:
        found = await self.find(name, label=label)
        assert found is not None
        root = Node(found.id, found.name, found.version, found.body)
        return await self.registry.run(
            lambda c: Resolver(c, self.project_id, self.limits).resolved(root)
        )

    async def names(self, slice_: tuple[int, int] = (1, 50), **wanted: Any) -> dict[str, list[int]]:
        found, _ = await self.registry.run(
            lambda c: prompt_lists.page(c, self.project_id, Wanted(**wanted), slice_, 100)
        )
        return {entry.name: entry.versions for entry in found}


@pytest.fixture
async def mine(registry: Registry, project_id: str) -> Prompts:
    return Prompts(registry, project_id)


@contextmanager
def biting(limit: str, error: type[UnderstudyError] = InvalidRequest) -> Iterator[None]:
    """The limit refuses and is counted."""
    counter = metrics.LIMIT_HITS.labels(limit)
    before = counter._value.get()
    with pytest.raises(error):
        yield
    assert counter._value.get() > before


def to(name: str, wanted: str = "label=latest") -> str:
    return f"@@@langfusePrompt:name={name}|{wanted}@@@"


# -- versions and labels -----------------------------------------------------------------------


async def test_every_create_makes_the_next_version(mine: Prompts) -> None:
    made = [(await mine.add()).version for _ in range(3)]
    await mine.remove("p", version=2)

    assert made == [1, 2, 3]
    assert (await mine.add()).version == 4
    assert await mine.labels("p") == {1: [], 3: [], 4: ["latest"]}


async def test_every_field_comes_back(mine: Prompts) -> None:
    made = await mine.add(
        "f/p",
        [{"role": "user", "content": "a\0b \U0001f600"}],
        labels=["b", "a", "b"],
        tags=["y", "x"],
        commit_message="why",
        is_active=True,
    )

    assert await mine.find("f/p", version=1) == made
    assert made.body == [{"role": "user", "content": "a\0b \U0001f600"}]
    assert (made.labels, made.tags) == (["b", "a", "latest"], ["y", "x"])
    assert (made.commit_message, made.is_active, made.type) == ("why", True, "chat")


async def test_a_label_is_on_one_version_only(mine: Prompts) -> None:
    first = await mine.add(labels=["production", "blue"])
    await mine.add(labels=["production"])
    assert await mine.labels("p") == {1: ["blue"], 2: ["production", "latest"]}

    moved = await mine.label("p", 1, "gold", "production")
    assert moved.labels == ["gold", "production", "blue"]
    assert await mine.labels("p") == {1: ["gold", "production", "blue"], 2: ["latest"]}
    assert moved.updated_ms >= first.updated_ms
    assert await mine.label("p", 1) == moved


async def test_who_loses_a_label_has_changed(mine: Prompts) -> None:
    first = await mine.add(labels=["production"])
    await asyncio.sleep(0.005)
    await mine.add(labels=["production"])
    after = await mine.find("p", version=1)

    assert after is not None
    assert after.updated_ms > first.updated_ms


async def test_tags_are_the_names_and_stay_when_none_are_given(mine: Prompts) -> None:
    await mine.add(tags=["a"])
    kept = await mine.add()
    replaced = await mine.add(tags=["c", "b"])
    first = await mine.find("p", version=1)

    assert (kept.tags, replaced.tags) == (["a"], ["c", "b"])
    assert first is not None
    assert first.tags == ["c", "b"]
    assert (await mine.add(tags=[])).tags == []


async def test_a_name_keeps_its_type(mine: Prompts) -> None:
    await mine.add()
    with pytest.raises(InvalidRequest, match="different prompt type"):
        await mine.add(body=[])


async def test_other_projects_see_nothing(mine: Prompts, registry: Registry) -> None:
    await mine.add(labels=["production"])
    await mine.add("q", to("p"))
    other = Prompts(registry, "default-project")

    assert await other.find("p", version=1) is None
    with pytest.raises(NotFound):
        await other.label("p", 1, "x")
    with pytest.raises(NotFound):
        await other.remove("p")
    with pytest.raises(NotFound):
        await other.add()


@pytest.mark.parametrize("number", [-1, 0, 2**31, 2**60])
async def test_a_version_no_table_can_hold_is_not_there(mine: Prompts, number: int) -> None:
    await mine.add()

    assert await mine.find("p", version=number) is None
    with pytest.raises(NotFound):
        await mine.remove("p", version=number)
    with pytest.raises(InvalidRequest, match="dependency not found"):
        await mine.add("q", to("p", f"version={number if number > 0 else 7}"))


async def test_a_nul_is_in_no_name(mine: Prompts) -> None:
    assert await mine.find("a\0", version=1) is None
    assert await mine.find("a", label="\0") is None
    assert await mine.names(name="\0", tag="\0") == {}
    with pytest.raises(NotFound):
        await mine.remove("a\0")
    with pytest.raises(InvalidRequest, match="dependency not found"):
        await mine.add("q", to("a\0"))


# -- at the same time --------------------------------------------------------------------------


async def test_creates_at_the_same_time_get_versions_without_a_gap(mine: Prompts) -> None:
    made = await asyncio.gather(*(mine.add(labels=["production"]) for _ in range(12)))

    assert sorted(prompt.version for prompt in made) == list(range(1, 13))
    assert await mine.labels("p") == {
        **{version: [] for version in range(1, 12)},
        12: ["production", "latest"],
    }


async def test_processes_at_the_same_time_get_versions_without_a_gap(
    mine: Prompts, registry_settings: Settings
) -> None:
    databases = [Database(registry_settings) for _ in range(3)]
    new = NewPrompt(name="p", type="text", body="b", config={}, labels=["production"])

    async def add(database: Database) -> list[int]:
        return [
            (await database.run(lambda c: prompts.create(c, mine.project_id, new, LIMITS))).version
            for _ in range(4)
        ]

    made = await asyncio.gather(*map(add, databases))
    for database in databases:
        await database.close()

    assert sorted(number for numbers in made for number in numbers) == list(range(1, 13))
    holding = [version for version, labels in (await mine.labels("p")).items() if labels]
    assert holding == [12]


async def test_labels_moved_at_the_same_time_stay_on_one_version(mine: Prompts) -> None:
    for _ in range(4):
        await mine.add()
    await asyncio.gather(*(mine.label("p", version, "production") for version in (1, 2, 3, 4)))
    labels = [label for found in (await mine.labels("p")).values() for label in found]

    assert sorted(labels) == ["latest", "production"]


async def test_what_is_deleted_while_it_is_referred_to_is_either_there_or_refused(
    mine: Prompts,
) -> None:
    for number in range(5):
        child, parent = f"child{number}", f"parent{number}"
        await mine.add(child)
        removed, added = await asyncio.gather(
            mine.remove(child), mine.add(parent, to(child)), return_exceptions=True
        )
        assert isinstance(removed, InvalidRequest) != isinstance(added, InvalidRequest)


# -- references --------------------------------------------------------------------------------


async def test_references_are_resolved_through_each_other(mine: Prompts) -> None:
    child = await mine.add("child", "c1", labels=["production"])
    await mine.add("child", "c2")
    middle = await mine.add("middle", f"<{to('child', 'version=1')} {to('child')}>")
    chat = [{"role": "user", "content": f"say {to('middle')}"}]
    root = await mine.add("root", chat)
    newest = await mine.find("child", version=2)
    body, graph = await mine.resolved("root")

    assert newest is not None
    assert body == [{"role": "user", "content": "say <c1 c2>"}]
    assert graph == {
        "root": {"name": "root", "version": 1, "id": root.id},
        "dependencies": {
            root.id: [{"id": middle.id, "name": "middle", "version": 1}],
            middle.id: [
                {"id": child.id, "name": "child", "version": 1},
                {"id": newest.id, "name": "child", "version": 2},
            ],
        },
    }


async def test_a_prompt_without_references_has_no_graph(mine: Prompts) -> None:
    await mine.add(body="plain")
    assert await mine.resolved("p") == ("plain", None)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (to("nobody"), "Prompt dependency not found: nobody - label latest"),
        (to("c", "version=9"), "Prompt dependency not found: c - version 9"),
        (to("chat"), "Prompt dependency is not a text prompt: chat - label latest"),
        (to("p", "version=1"), "Circular dependency detected involving prompt 'p' version 1"),
        (to("c"), "Circular dependency detected involving prompt 'p' version 1"),
    ],
)
async def test_a_broken_reference_is_refused(mine: Prompts, body: str, message: str) -> None:
    await mine.add("p", "first")
    await mine.add("c", to("p"))
    await mine.add("chat", [])
    with pytest.raises(InvalidRequest) as refused:
        await mine.add("p", body)

    assert refused.value.message == message
    assert await mine.labels("p") == {1: ["latest"]}


async def test_a_circle_that_a_moved_label_closes_is_told_when_it_is_read(mine: Prompts) -> None:
    await mine.add("a", "plain", labels=["production"])
    await mine.add("b", to("a", "label=production"), labels=["production"])
    await mine.add("c", to("b", "label=production"), labels=["production"])
    await mine.add("b", "plain", labels=["production"])
    await mine.add("a", to("c", "label=production"))
    await mine.label("b", 1, "production")
    await mine.label("a", 2, "production")

    with pytest.raises(Conflict, match="Circular dependency"):
        await mine.resolved("c")


async def test_prompts_nest_to_the_fifth_level(mine: Prompts) -> None:
    await mine.add("p0", "deep")
    for level in range(1, 5):
        await mine.add(f"p{level}", to(f"p{level - 1}"))
    assert (await mine.resolved("p4"))[0] == "deep"

    with biting("prompt_resolution_depth_max"):
        await mine.add("p5", to("p4"))


async def test_depth_counts_also_where_a_prompt_was_met_higher_up(mine: Prompts) -> None:
    await mine.add("p0", "deep")
    for level in range(1, 4):
        await mine.add(f"p{level}", to(f"p{level - 1}"))
    await mine.add("between", to("p3"))

    with biting("prompt_resolution_depth_max"):
        await mine.add("root", to("p3") + to("between"))


async def test_what_references_lead_to_is_limited_in_number_and_in_size(mine: Prompts) -> None:
    await mine.add("c", "x" * 999)
    tags = [to("c"), to("c", "version=1"), to("c", "label=l")]
    await mine.label("c", 1, "l")
    await mine.add("wide", "".join(tags))
    await mine.add("wider", to("wide"))
    small = dataclasses.replace(mine, limits=dataclasses.replace(LIMITS, references_max=2))
    tight = dataclasses.replace(mine, limits=dataclasses.replace(LIMITS, resolved_bytes_max=3_000))

    with biting("prompt_references_max"):
        await small.add("q", "".join(tags))
    with biting("prompt_references_max", Unprocessable):
        await small.resolved("wide")
    with biting("prompt_resolved_bytes_max"):
        await tight.add("q", "".join(tags))
    with biting("prompt_resolved_bytes_max", Unprocessable):
        await tight.resolved("wider")


async def test_references_that_multiply_are_stopped_early(mine: Prompts) -> None:
    await mine.add("p0", "x" * 100)
    await mine.add("p1", to("p0") * 20)
    await mine.add("p2", to("p1") * 3)

    with biting("prompt_resolved_bytes_max"):
        await mine.add("p3", to("p2") * 50_000)


# -- deletion ----------------------------------------------------------------------------------


async def test_latest_moves_to_the_highest_version_that_remains(mine: Prompts) -> None:
    await mine.add(labels=["a"])
    await mine.add(labels=["b"])
    await mine.remove("p", label="b")
    assert await mine.labels("p") == {1: ["a", "latest"]}

    await mine.remove("p", version=1)
    assert await mine.find("p", label="latest") is None
    assert (await mine.add()).version == 1


async def test_without_a_version_all_go(mine: Prompts) -> None:
    await mine.add(tags=["t"])
    await mine.add()
    await mine.remove("p")

    assert await mine.names() == {}
    assert (await mine.add()).tags == []


@pytest.mark.parametrize("wanted", [{}, {"version": 1}, {"label": "x"}])
async def test_what_is_not_there_cannot_be_deleted(mine: Prompts, wanted: Any) -> None:
    with pytest.raises(NotFound, match="Prompt not found"):
        await mine.remove("p", **wanted)


async def test_what_others_depend_on_stays(mine: Prompts) -> None:
    await mine.add("c", "1", labels=["old"])
    await mine.add("c", "2", labels=["new"])
    await mine.add("c", "3")
    await mine.add("a", to("c", "version=1"))
    await mine.add("b", to("c", "label=new") + to("c"))
    beginning = "Other prompts are depending on prompt versions you are trying to delete:\n\n"
    end = "\n\nPlease delete the dependent prompts first."

    for wanted, lines in (
        ({"version": 1}, "a v1 depends on c v1"),
        ({"label": "new"}, "b v1 depends on c new"),
        ({}, "a v1 depends on c v1\nb v1 depends on c new\nb v1 depends on c latest"),
    ):
        with pytest.raises(InvalidRequest) as refused:
            await mine.remove("c", **wanted)
        assert refused.value.message == beginning + lines + end
    await mine.remove("c", version=3)
    await mine.remove("a")
    await mine.remove("c", version=1)
    assert await mine.labels("c") == {2: ["new", "latest"]}


# -- limits and lists --------------------------------------------------------------------------


async def test_numbers_are_limited(mine: Prompts) -> None:
    few = Limits(
        prompts_max=1, versions_max=2, labels_max=3, references_max=1, resolved_bytes_max=9
    )
    limited = dataclasses.replace(mine, limits=few)
    await limited.add(body="a", labels=["a"])
    with biting("prompts_max"):
        await limited.add("q", "a")
    with biting("prompt_labels_max"):
        await limited.add(body="a", labels=["1", "2", "3", "4"])
    with biting("prompt_labels_max"):
        await limited.add(body="a", tags=["1", "2", "3", "4"])
    await limited.add(body="b")
    with biting("prompt_versions_max"):
        await limited.add(body="c")
    with biting("prompt_labels_max"):
        await limited.label("p", 2, "b", "c")
    assert await limited.labels("p") == {1: ["a"], 2: ["latest"]}


async def test_lists_are_filtered_by_version(mine: Prompts) -> None:
    await mine.add("b", tags=["t", 'a"t'], labels=["production"])
    await mine.add("b")
    await mine.add("a", labels=["production"])
    await mine.add("c/d", tags=["T"])

    assert await mine.names() == {"a": [1], "b": [1, 2], "c/d": [1]}
    assert await mine.names(name="b") == {"b": [1, 2]}
    assert await mine.names(version=2) == {"b": [2]}
    assert await mine.names(label="production") == {"a": [1], "b": [1]}
    assert await mine.names(tag="t") == {"b": [1, 2]}
    assert await mine.names(tag="t", label="production", name="b", version=1) == {"b": [1]}
    assert await mine.names((2, 2)) == {"c/d": [1]}
    assert await mine.names((9, 2)) == {}


async def test_more_versions_than_a_page_names_are_cut_to_the_newest(mine: Prompts) -> None:
    for name in ("a", "b"):
        for number in range(4):
            await mine.add(name, str(number), labels=[f"l{number}"])
    counter = metrics.LIMIT_HITS.labels("prompt_versions_listed_max")
    before = counter._value.get()
    found, total = await mine.registry.run(
        lambda c: prompt_lists.page(c, mine.project_id, Wanted(), (1, 10), 5)
    )

    assert [(entry.name, entry.versions) for entry in found] == [("a", [3, 4]), ("b", [3, 4])]
    assert total == 2
    assert counter._value.get() == before + 1
