"""What was sent, what was acknowledged, and what must therefore be readable."""

from dataclasses import dataclass, field
from threading import Lock
from typing import Any

Key = tuple[str, str]  # kind, id
Fields = dict[str, Any]


@dataclass
class Entity:
    """One record: what holds for sure, and what a request without an answer may have changed."""

    sure: Fields = field(default_factory=dict)
    possible: Fields = field(default_factory=dict)

    def faults(self, found: Fields) -> list[str]:
        """Fields that are neither what was acknowledged nor what may have followed."""
        return [
            f"{name}: {found.get(name)!r} instead of {value!r}"
            for name, value in self.sure.items()
            if found.get(name) != value
            and not (name in self.possible and found.get(name) == self.possible[name])
        ]


class Ledger:
    """Kept by all senders together."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.entities: dict[Key, Entity] = {}
        self.acknowledged: set[Key] = set()

    def sending(self, written: dict[Key, Fields]) -> None:
        """Before the request: from now on it may have happened."""
        with self._lock:
            for key, fields in written.items():
                self.entities.setdefault(key, Entity()).possible |= fields

    def answered(self, written: dict[Key, Fields]) -> None:
        """After its acknowledgement."""
        with self._lock:
            for key, fields in written.items():
                entity = self.entities[key]
                entity.sure |= fields
                for name in fields:
                    entity.possible.pop(name, None)
                self.acknowledged.add(key)

    def compare(self, kind: str, found: dict[str, Fields]) -> list[str]:
        """What is lost, changed or out of nowhere."""
        faults = []
        for key, entity in self.entities.items():
            if key[0] != kind:
                continue
            record = found.get(key[1])
            if record is not None:
                faults += [f"{kind} {key[1]}: {fault}" for fault in entity.faults(record)]
            elif key in self.acknowledged:
                faults.append(f"{kind} {key[1]} is lost")
        nowhere = [one for one in found if (kind, one) not in self.entities]
        return faults + [f"{kind} {one} was never sent" for one in nowhere]
