"""Comparing our answer with the one that a real server gave to the same call.

Values that a server makes up differ from run to run: the first time a recorded one is met it stands
for the received one, and from then on it must do so everywhere, in later requests too.
"""

import base64
import http.client
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

SAMPLES: Final = Path(__file__).parent / "samples" / "golden"
RECORDINGS: Final = Path(__file__).parents[3] / "shared" / "golden" / "calls"

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_RECORDED_AT = "2026-11-23T13:"  # times of the recording server's own clock
_MADE_UP_LENGTH_MIN = 8
_UNORDERED = {"observations", "scores"}  # the real server leaves the order of nested ids open
_OWN_VALUES = {"modelId"}  # must only be there
_ISSUE_KEYS = {"code", "path", "message"}  # what clients see of a validation issue


@dataclass(frozen=True)
class Call:
    """One request and the answer that it got."""

    name: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None
    status: int
    answer: Any
    is_json: bool


def calls_in(folder: Path) -> list[Call]:
    """In the order in which they were sent; none where there is no such folder."""
    return [_load(file) for file in sorted(folder.glob("*.json"), key=lambda file: file.name)]


def _load(file: Path) -> Call:
    told = json.loads(file.read_bytes())
    request, response = told["request"], told["response"]
    return Call(
        name=file.stem,
        method=request["method"],
        path=request["path"],
        headers=request["headers"],
        body=_body(request),
        status=response["status"],
        answer=response["body"],
        is_json=response["bodyKind"] == "json",
    )


def _body(request: dict[str, Any]) -> bytes | None:
    if request.get("bodyBase64"):
        return base64.b64decode(request["bodyBase64"])
    if request.get("bodyText") is not None:
        return str(request["bodyText"]).encode()
    return None if request["body"] is None else json.dumps(request["body"]).encode()


@dataclass
class Comparison:
    """What is known about made-up values while calls are replayed in their order."""

    received: dict[str, str] = field(default_factory=dict)
    sent: str = ""

    def send(self, port: int, call: Call) -> tuple[int, bytes]:
        """Sends the call with the values that our server made up in place of the recorded ones."""
        body = None if call.body is None else self._translated(call.body)
        path = self._translated(call.path.encode()).decode()
        self.sent += path + (body or b"").decode(errors="replace")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request(call.method, path, body=body, headers=call.headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def _translated(self, data: bytes) -> bytes:
        for recorded, received in self.received.items():
            data = data.replace(recorded.encode(), received.encode())
        return data

    def of(self, call: Call, status: int, body: bytes) -> list[str]:
        """Every difference between our answer and the recorded one, in words."""
        found = [] if status == call.status else [f"status {status}, recorded {call.status}"]
        if status == 200 and "/otel/v1/" in call.path:
            return found  # no client reads it
        if not body:
            return [*found, "no body"] if call.is_json else found
        try:
            answer = json.loads(body)
        except ValueError:
            return [*found, f"not JSON: {body[:80]!r}"]
        if call.is_json:
            found += self.differences(call.answer, answer, "")
        elif call.answer and not str(call.answer).startswith("<") and answer != call.answer:
            found.append(f"body {answer!r}, recorded {call.answer!r}")
        return found

    def differences(self, recorded: Any, received: Any, at: str) -> Iterator[str]:
        if isinstance(recorded, dict) and isinstance(received, dict):
            yield from self._of_objects(recorded, received, at)
        elif isinstance(recorded, list) and isinstance(received, list):
            yield from self._of_lists(recorded, received, at)
        elif not self._is_same(recorded, received):
            yield f"{at}: {json.dumps(received)[:120]}, recorded {json.dumps(recorded)[:120]}"

    def _of_objects(
        self, recorded: dict[str, Any], received: dict[str, Any], at: str
    ) -> Iterator[str]:
        if recorded.keys() >= _ISSUE_KEYS:
            recorded = {key: recorded[key] for key in _ISSUE_KEYS}
            received = {key: received[key] for key in _ISSUE_KEYS & received.keys()}
        # A graph of prompts has made-up ids as keys.
        recorded = {self._known(key): value for key, value in recorded.items()}
        for key in recorded.keys() ^ received.keys():
            yield f"{at}.{key}: {'missing' if key in recorded else 'not recorded'}"
        for key in recorded.keys() & received.keys() - _OWN_VALUES:
            yield from self.differences(recorded[key], received[key], f"{at}.{key}")

    def _of_lists(self, recorded: list[Any], received: list[Any], at: str) -> Iterator[str]:
        if len(recorded) != len(received):
            yield f"{at}: {len(received)} items, recorded {len(recorded)}"
        if at.rpartition(".")[2] in _UNORDERED:
            recorded = sorted(recorded, key=lambda row: self._known(_id(row)))
            received = sorted(received, key=_id)
        else:
            received = self._in_order_of(recorded, received)
        for index, (want, got) in enumerate(zip(recorded, received, strict=False)):
            yield from self.differences(want, got, f"{at}[{index}]")

    def _in_order_of(self, recorded: list[Any], received: list[Any]) -> list[Any]:
        """Rows with the ids of the recorded ones in their order: equal times have none."""
        wanted = [self._known(_id(row)) for row in recorded]
        rows = {_id(row): row for row in received}
        if "" in wanted or set(wanted) != rows.keys() or len(rows) != len(wanted):
            return received
        return [rows[id_] for id_ in wanted]

    def _known(self, value: str) -> str:
        return self.received.get(value, value)

    def _is_same(self, recorded: Any, received: Any) -> bool:
        if isinstance(recorded, str) and isinstance(received, str):
            known = self._translated(recorded.encode()).decode()
            return received in (recorded, known) or self._stands_for(recorded, received)
        if isinstance(recorded, int | float) and isinstance(received, int | float):
            close = abs(recorded - received) <= 1e-9 * max(1.0, abs(recorded))
            return close and isinstance(recorded, bool) == isinstance(received, bool)
        return bool(recorded == received)

    def _stands_for(self, recorded: str, received: str) -> bool:
        if _TIME.fullmatch(recorded):
            own_clock = recorded.startswith(_RECORDED_AT)
            return own_clock and _TIME.fullmatch(received) is not None
        if recorded in self.received:
            return self.received[recorded] == received
        made_up = len(recorded) >= _MADE_UP_LENGTH_MIN and " " not in recorded
        if not made_up or recorded in self.sent:
            return False
        self.received[recorded] = received
        return True


def _id(row: Any) -> str:
    """What names a row: its id, or itself where it is an id."""
    if isinstance(row, str):
        return row
    return str(row.get("id", "")) if isinstance(row, dict) else ""
