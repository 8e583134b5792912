"""Collects the changes of one trace, with times that go on as its steps do."""

import random
from typing import Any, Final, NamedTuple

from collector.records.change import Change
from collector.records.payload import payload_text
from collector.seeding.person import Conversation


class Model(NamedTuple):
    """A model and what a million units cost in USD."""

    name: str
    input_price: float
    output_price: float


MODELS: Final = (
    Model("gpt-4o", 2.5, 10),
    Model("gpt-4o-mini", 0.15, 0.6),
    Model("claude-sonnet-4-5", 3, 15),
    Model("gemini-2.5-flash", 0.3, 2.5),
    Model("llama3.1:8b", 0, 0),
)
EMBEDDER: Final = Model("text-embedding-3-small", 0.02, 0)


class Recording:
    """One trace under construction; `changes` is what it comes to."""

    def __init__(self, seed: str, number: int, talk: Conversation, turn: int) -> None:
        self.rng = random.Random(f"{seed}:trace:{number}")  # noqa: S311 - nothing secret
        self.talk = talk
        self.turn = turn
        self.id = f"{self.rng.getrandbits(128):032x}"
        self.start_ms = talk.turn_ms(turn)
        self.now_ms = self.start_ms
        self.changes: list[Change] = []

    def trace(self, name: str, **fields: Any) -> None:
        """The record of the trace itself."""
        said = {
            "timestamp_ms": self.start_ms,
            "name": name,
            "user_id": self.talk.user_id,
            "session_id": self.talk.id,
            "release": self.talk.release,
            "tags": self.talk.tags,
            "public": False,
        }
        self._add("trace", self.id, said | fields)

    def step(self, kind: str, name: str, parent_id: str | None, **fields: Any) -> str:
        """An observation that takes `lasts_ms` from now on; its id."""
        lasts_ms = fields.pop("lasts_ms", None) or self.rng.randint(5, 120)
        observation_id = self.begin(kind, name, parent_id, **fields)
        if kind != "EVENT":
            self.now_ms += lasts_ms
            self.finish(observation_id)
        return observation_id

    def begin(self, kind: str, name: str, parent_id: str | None, **fields: Any) -> str:
        """An observation that other steps happen in, until `finish`; its id."""
        observation_id = f"{self.rng.getrandbits(64):016x}"
        said = {"type": kind, "trace_id": self.id, "parent_id": parent_id, "name": name}
        times = {"start_ms": self.now_ms, "level": "DEFAULT"}
        self._add("observation", observation_id, {**said, **times, **fields})
        return observation_id

    def finish(self, observation_id: str, output: Any = None) -> None:
        """End it now, with what came out."""
        change = next(each for each in reversed(self.changes) if each.id == observation_id)
        change.fields["end_ms"] = self.now_ms
        text = payload_text(output)
        if text is not None:
            change.fields["output"] = text

    def generation(
        self, name: str, parent_id: str | None, messages: list[dict[str, str]], text: str
    ) -> str:
        """A model call, with usage and cost."""
        model = self.rng.choice(MODELS)
        lasts_ms = self.rng.randint(600, 4500)
        return self.step(
            "GENERATION",
            name,
            parent_id,
            lasts_ms=lasts_ms,
            completion_start_ms=self.now_ms + lasts_ms // 4,
            model=model.name,
            model_parameters={"temperature": 0.2, "max_tokens": 1024},
            input=messages,
            output={"role": "assistant", "content": text},
            **amounts(model, sum(len(m["content"]) for m in messages) // 4, len(text) // 4),
        )

    def score(self, name: str, value: float | str, data_type: str, **fields: Any) -> None:
        """A judgement of the trace, made a moment after it."""
        said = {"trace_id": self.id, "name": name, "value": value, "data_type": data_type}
        time = {"timestamp_ms": self.now_ms + 1500}
        self._add("score", f"{self.id}-{name}", {**said, **time, "source": "API", **fields})

    def _add(self, kind: Any, record_id: str, fields: dict[str, Any]) -> None:
        said = {**fields, "environment": self.talk.environment}
        for name in ("input", "output"):
            text = payload_text(said.pop(name, None))
            if text is not None:
                said[name] = text
        self.changes.append(Change(kind, record_id, self.now_ms, False, said))


def amounts(model: Model, units_in: int, units_out: int) -> dict[str, Any]:
    """`usage` and `cost` of a call."""
    cost_in = units_in * model.input_price / 1e6
    cost_out = units_out * model.output_price / 1e6
    return {
        "usage": {"input": units_in, "output": units_out, "total": units_in + units_out},
        "cost": {"input": cost_in, "output": cost_out, "total": cost_in + cost_out},
    }
