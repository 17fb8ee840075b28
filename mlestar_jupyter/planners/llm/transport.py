"""A reply as it comes over the wire, and what can go wrong on the way, whatever the provider's own errors are."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["key", "missing", "request", "busy", "slow", "refusal", "length", "money", "time"]
LONGEST_REPLY = 200_000  # characters
_NO_KEY, _NO_MODEL, _SERVER = (401, 403), 404, 500
_WAIT = (408, 409, 425, 429)
_TOO_LONG = ("length", "max_tokens", "MAX_TOKENS")
_FILTERED = ("content_filter", "refusal", "SAFETY", "PROHIBITED_CONTENT")


@dataclass(frozen=True)
class Received:
    """A reply.

    Parameters
    ----------
    text : str
        Of the message, or the arguments of the tool that it calls.
    tokens_in, tokens_out : int or None
        None where the server did not count.
    is_refused, is_too_long, is_huge : bool
        The model refused; came to its own limit of length; went past ours and was cut off.
    """

    text: str
    tokens_in: int | None = None
    tokens_out: int | None = None
    is_refused: bool = False
    is_too_long: bool = False
    is_huge: bool = False


class FailedRequestError(Exception):
    """No reply could be had.

    Parameters
    ----------
    kind : Kind
        "busy" may be tried again; "request" may be put otherwise.
    text : str
        For the user; what the server said is not in it.
    detail : str
        What the server said.
    retry_after : float or None
        Seconds that the server asks to wait.
    partial : str
        What had come.
    """

    def __init__(
        self, kind: Kind, text: str, *, detail: str = "", retry_after: float | None = None, partial: str = ""
    ) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text
        self.detail = detail
        self.retry_after = retry_after
        self.partial = partial

    def as_reply(self) -> Received | None:
        """The reply that it is in truth: a client may make an error of a refusal, or of one that is too long."""
        if self.kind not in ("refusal", "length"):
            return None
        return Received(self.partial, is_refused=self.kind == "refusal", is_too_long=self.kind == "length")


def receive(chunks: Iterator[Any], seconds: float) -> Received:
    """Read a stream of LangChain's message chunks; one that goes on too long is left.

    Raises
    ------
    FailedRequestError
        When the stream breaks or takes too long.
    """
    deadline = time.monotonic() + seconds
    said, arguments, size = list[str](), list[str](), 0
    counts: list[tuple[int, int]] = []
    is_refused = is_too_long = False
    for chunk in _guarded(chunks, said):
        pieces = [str(call.get("args") or "") for call in chunk.tool_call_chunks if not call.get("index")]
        said.append(str(chunk.text))
        arguments += pieces
        size += len(said[-1]) + sum(map(len, pieces))
        if chunk.usage_metadata:
            counts.append((chunk.usage_metadata["input_tokens"], chunk.usage_metadata["output_tokens"]))
        finish = _finish(chunk.response_metadata)
        is_refused |= bool(chunk.additional_kwargs.get("refusal")) or finish in _FILTERED
        is_too_long |= finish in _TOO_LONG
        if size > LONGEST_REPLY:
            return Received(_joined(said, arguments)[:LONGEST_REPLY], is_huge=True)
        if time.monotonic() > deadline:
            raise FailedRequestError(
                "slow", f"the reply took more than {seconds:.0f} s", partial=_joined(said, arguments)
            )
    tokens_in, tokens_out = (
        (sum(c[0] for c in counts), sum(c[1] for c in counts)) if any(map(any, counts)) else (None,) * 2
    )
    return Received(_joined(said, arguments), tokens_in, tokens_out, is_refused, is_too_long)


def _guarded(chunks: Iterator[Any], said: list[str]) -> Iterator[Any]:
    """The chunks, with the errors of every provider made ours."""
    while True:
        try:
            chunk = next(chunks)
        except StopIteration:
            return
        except Exception as error:  # noqa: BLE001 - each provider has errors of its own; all are reported
            raise read_failure(error, partial="".join(said)) from None  # its text and frames may hold a key
        yield chunk


def read_failure(error: Exception, *, partial: str = "") -> FailedRequestError:
    """Tell what a provider's error means."""
    names = " ".join(kind.__name__ for kind in type(error).__mro__)
    status = _status(error)
    if "Refusal" in names or "ContentFilter" in names:
        return FailedRequestError("refusal", "the model refused", partial=partial)
    if "LengthFinish" in names:  # OpenAI's client makes an error of what others say in the last chunk
        return FailedRequestError("length", "the reply reached the limit of length", partial=partial)
    if status is not None:
        return _by_status(status, error)
    if "Timeout" in names:
        return FailedRequestError("slow", "the server did not answer in time", partial=partial)
    text = "the connection broke" if partial else f"the server cannot be reached or understood ({type(error).__name__})"
    return FailedRequestError("busy", text, partial=partial)


def _by_status(status: int, error: Exception) -> FailedRequestError:
    detail = str(error)
    if status in _NO_KEY:
        return FailedRequestError("key", f"the server does not accept the key (HTTP {status})")
    if status == _NO_MODEL:
        return FailedRequestError("missing", "the server does not know the model, or the address (HTTP 404)")
    if status in _WAIT or (status >= _SERVER and "response_format" not in detail and "json_object" not in detail):
        return FailedRequestError("busy", f"the server is busy or broken (HTTP {status})", retry_after=_wait(error))
    return FailedRequestError("request", f"the server does not accept the request (HTTP {status})", detail=detail)


def _status(error: Exception) -> int | None:
    response = getattr(error, "response", None)
    for found in (
        getattr(error, "status_code", None),
        getattr(response, "status_code", None),
        getattr(error, "code", None),
    ):
        if isinstance(found, int):
            return found
    return None


def _wait(error: Exception) -> float | None:
    """Seconds that the header Retry-After asks for; a date in it is passed over."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        return max(0.0, float(headers.get("retry-after", "")))
    except ValueError:
        return None


def _finish(metadata: dict[str, Any]) -> str:
    found = (metadata.get(name) for name in ("finish_reason", "stop_reason", "done_reason"))
    return next((str(reason) for reason in found if reason), "")


def _joined(said: list[str], arguments: list[str]) -> str:
    return "".join(arguments) or "".join(said)
