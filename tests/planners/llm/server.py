"""A chat server on the loopback that speaks OpenAI's protocol and says what a script says, awful things included.

::

    with ScriptedServer(lambda request: Reply('{"plan": "Try logs."}')) as server:
        ...  # any client, any process: base_url=server.url
        server.requests[0].prompt
"""

import json
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

_PART = re.compile(r"^## Your part: (.+)$", re.MULTILINE)
_ROLES = {
    "retriever": "retriever", "initial solution": "initial", "merger": "merger", "data-usage checker": "data_usage",
    "leakage checker": "leakage", "debugger": "debugger", "ablation writer": "ablation", "summariser": "summariser",
    "extractor": "extractor", "planner": "planner", "coder": "coder", "ensemble planner": "ensemble_planner",
    "ensembler": "ensembler",
}  # fmt: skip


@dataclass(frozen=True)
class Request:
    """What the server was sent; the headers' names in lower case."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]
    raw: bytes
    number: int

    @cached_property
    def system(self) -> str:
        return "\n".join(m["content"] for m in self.body["messages"] if m["role"] in ("system", "developer"))

    @cached_property
    def prompt(self) -> str:
        return "\n".join(m["content"] for m in self.body["messages"] if m["role"] == "user")

    @property
    def schema(self) -> dict[str, Any] | None:
        """The schema of the answer, however it was sent; None with plain instructions."""
        if "response_format" in self.body:
            return self.body["response_format"]["json_schema"]["schema"]
        if self.body.get("tools"):
            return self.body["tools"][0]["function"]["parameters"]
        return None


@dataclass(frozen=True)
class Reply:
    """What the server says.

    Parameters
    ----------
    text : str or mapping
        Of the answer (a mapping as JSON), or of the error when `status` is not 200.
    delay : float
        Seconds before the first byte.
    chunks : sequence of str or None
        The pieces of a stream; None: `text` in pieces of words.
    pause : float
        Seconds between two pieces.
    drop_after : int or None
        The connection is cut after so many pieces.
    usage : tuple of int or None
        Tokens in and out; None: counted by 4 characters a token.
    as_tool : bool
        The text is the argument of a call of the tool that the request names.
    """

    text: str | Mapping[str, Any] = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    chunks: Sequence[str] | None = None
    pause: float = 0.0
    drop_after: int | None = None
    usage: tuple[int, int] | None = None
    no_usage: bool = False
    refusal: str = ""
    finish: str = "stop"
    as_tool: bool = False

    @property
    def content(self) -> str:
        return self.text if isinstance(self.text, str) else json.dumps(self.text)


def role_of(request: Request) -> str:
    """The role that asks, by its prompt's own heading, as the package names it; "" for none of them."""
    found = _PART.findall(request.prompt)
    return _ROLES.get(found[-1].strip().casefold(), "") if found else ""


class ScriptedServer:
    """A server on 127.0.0.1 at a free port; `url` is its base address, `requests` what it was asked.

    Parameters
    ----------
    reply : callable
        Gives the reply to a request; called in the thread of the request. It may give a str or a mapping.
    """

    def __init__(self, reply: Callable[[Request], Reply | str | Mapping[str, Any]]) -> None:
        self._reply = reply
        self._lock = threading.Lock()
        self.requests: list[Request] = []
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, path: str, headers: Mapping[str, str], raw: bytes) -> tuple[Request, Reply]:
        with self._lock:
            request = Request(path, headers, json.loads(raw or b"{}"), raw, len(self.requests))
            self.requests.append(request)
        reply = self._reply(request)
        return request, reply if isinstance(reply, Reply) else Reply(reply)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, scripted: ScriptedServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.scripted = scripted


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request, reply = self.server.scripted.answer(self.path, headers, raw)
        time.sleep(reply.delay)
        try:
            self._say(request, reply)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the client had enough

    def _say(self, request: Request, reply: Reply) -> None:
        if not request.path.endswith("/chat/completions"):
            self._send_json(404, {"error": {"message": f"no such path {request.path}"}}, {})
        elif reply.status != 200:
            error = {"message": reply.content, "type": "scripted", "code": reply.status}
            self._send_json(reply.status, {"error": error}, reply.headers)
        elif request.body.get("stream"):
            self._stream(request, reply)
        else:
            self._send_json(200, _completion(request, reply), reply.headers)

    def _send_json(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": len(data), **headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, request: Request, reply: Reply) -> None:
        self.close_connection = True
        self.send_response(200)
        for name, value in {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"}.items():
            self.send_header(name, value)
        self.end_headers()
        pieces = re.findall(r"\s*\S{1,400}|\s+", reply.content) if reply.chunks is None else reply.chunks
        self._event(_chunk(request, {"role": "assistant", "content": None if reply.as_tool else ""}))
        for number, piece in enumerate(pieces):
            if number == reply.drop_after:
                return  # without the last chunk: the client sees a broken connection
            self._event(_chunk(request, _delta(request, reply, piece, number)))
            time.sleep(reply.pause)
        if reply.refusal:
            self._event(_chunk(request, {"refusal": reply.refusal}))
        self._event(_chunk(request, {}, "tool_calls" if reply.as_tool else reply.finish))
        if (request.body.get("stream_options") or {}).get("include_usage") and not reply.no_usage:
            self._event({**_chunk(request, {}), "choices": [], "usage": _usage(request, reply)})
        self._write(b"data: [DONE]\n\n")
        self._write(b"")

    def _event(self, body: Mapping[str, Any]) -> None:
        self._write(b"data: " + json.dumps(body).encode() + b"\n\n")

    def _write(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()


def _chunk(request: Request, delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": request.body.get("model"),
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }  # fmt: skip


def _delta(request: Request, reply: Reply, piece: str, number: int) -> dict[str, Any]:
    if not reply.as_tool:
        return {"content": piece}
    name = {"name": _tool(request)} if number == 0 else {}
    start = {"id": "call_1", "type": "function"} if number == 0 else {}
    return {"tool_calls": [{"index": 0, **start, "function": {**name, "arguments": piece}}]}


def _completion(request: Request, reply: Reply) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.content}
    if reply.as_tool:
        function = {"name": _tool(request), "arguments": reply.content}
        message |= {"content": None, "tool_calls": [{"id": "call_1", "type": "function", "function": function}]}
    if reply.refusal:
        message |= {"content": None, "refusal": reply.refusal}
    usage = {} if reply.no_usage else {"usage": _usage(request, reply)}
    return {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": request.body.get("model"),
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish}], **usage,
    }  # fmt: skip


def _tool(request: Request) -> str:
    return str(request.body["tools"][0]["function"]["name"])


def _usage(request: Request, reply: Reply) -> dict[str, int]:
    given = len(json.dumps(request.body.get("messages", []))) // 4, max(1, len(reply.content) // 4)
    tokens_in, tokens_out = reply.usage or given
    return {"prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": tokens_in + tokens_out}
