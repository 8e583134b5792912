"""A model that speaks OpenAI's protocol and answers the same to everybody, on a port of its own.

What the last message says decides: `weather` gets a tool call first and words once the tool has
answered, `refuse` gets a 400, everything else words. `stream` is followed.
"""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self

Json = dict[str, Any]

MODEL: Final = "house-model-7b"
ANSWERING_MODEL: Final = "house-model-7b-0611"
EMBEDDING_MODEL: Final = "house-embedding"
REFUSAL: Final = "the house rules refuse this"
_WORDS: Final = ("It is ", "sunny ", "in Vienna.")
ANSWER: Final = "".join(_WORDS)
TOOL_CALL: Final[Json] = {
    "id": "call_0001",
    "type": "function",
    "function": {"name": "get_weather", "arguments": '{"city": "Vienna"}'},
}
USAGE: Final[Json] = {
    "prompt_tokens": 120,
    "completion_tokens": 30,
    "total_tokens": 150,
    "prompt_tokens_details": {"cached_tokens": 40},
    "completion_tokens_details": {"reasoning_tokens": 10},
}


class ModelEndpoint:
    """Answers while the block lasts."""

    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked: Json = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path == "/v1/embeddings":
            self._answer(200, _embedding())
        elif self.path != "/v1/chat/completions":
            self._answer(404, {"error": {"message": f"no route {self.path}"}})
        elif _wants(asked, "refuse"):
            self._answer(400, {"error": {"message": REFUSAL, "type": "invalid_request_error"}})
        elif asked.get("stream"):
            self._stream(_chunks())
        else:
            self._answer(200, _completion(asked))

    def _answer(self, status: int, body: Json) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, chunks: Iterator[Json]) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        for chunk in chunks:
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
            self.wfile.flush()
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The test's output is not the place for it."""


def _wants(asked: Json, word: str) -> bool:
    return word in json.dumps(asked["messages"][-1])


def _completion(asked: Json) -> Json:
    message: Json = {"role": "assistant", "content": ANSWER}
    finish = "stop"
    if asked.get("tools") and _wants(asked, "weather"):
        message |= {"content": None, "tool_calls": [TOOL_CALL]}
        finish = "tool_calls"
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return {**_head("chat.completion"), "choices": [choice], "usage": USAGE}


def _chunks() -> Iterator[Json]:
    head = _head("chat.completion.chunk")
    for word in _WORDS:
        delta = {"role": "assistant", "content": word}
        yield {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    yield {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    yield {**head, "choices": [], "usage": USAGE}


def _head(kind: str) -> Json:
    head = {"id": "chatcmpl-0001", "object": kind, "model": ANSWERING_MODEL}
    return {**head, "created": 1_795_000_000}


def _embedding() -> Json:
    return {
        "object": "list",
        "model": EMBEDDING_MODEL,
        "data": [{"object": "embedding", "index": 0, "embedding": [0.25, 0.5, 0.25]}],
        "usage": {"prompt_tokens": 5, "total_tokens": 5},
    }
