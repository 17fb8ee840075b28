"""One HTTP client for all providers: patient within limits, and wary of what answers."""

from __future__ import annotations

import json
import socket
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from mlestar_jupyter.errors import ProviderError
from mlestar_jupyter.version import __version__

if TYPE_CHECKING:
    import httpx

MOST_BYTES = 2_000_000
"""Of an answer; a longer one is not read to its end."""

_TIMEOUT, _TRIES = 10.0, 3
_UNKNOWN_HOST = "no connection, its name cannot be resolved"
_LONGEST_WAIT = 30.0
_MOST_REDIRECTS = 3
_AGAIN = frozenset({408, 429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PORTS = {"http": 80, "https": 443}
_LATER = "Search again later; what was found is kept."
_REFUSED = "Check its key, if it needs one, or leave it out of `providers`."


@dataclass(frozen=True)
class Request:
    """What is asked of a provider.

    Parameters
    ----------
    provider : str
    url : str
        Without parameters.
    params : mapping
        Never a key: those are headers.
    headers : mapping
    body : mapping, optional
        Sent as JSON in a POST.
    gap : float
        Seconds between two requests to this provider, by its terms of use.
    kind : str
        What the type of the answer must have in it: "json" or "xml".
    mends : mapping of int to str
        What to do about a status that means something special here.
    stands_for : mapping of int to bytes
        The answer that a status stands for, where the service says by it that it found nothing.
    """

    provider: str
    url: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Mapping[str, object] | None = None
    gap: float = 0.0
    kind: str = "json"
    mends: Mapping[int, str] = field(default_factory=dict)
    stands_for: Mapping[int, bytes] = field(default_factory=dict)


def address_of(provider: str) -> str:
    """Name the environment variable that gives a provider another address."""
    return f"MLESTAR_{provider.upper()}_URL"


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    content: bytes


class Fetcher:
    """Fetches answers: time limits, bounded retries, pauses between requests, at most 2 MB, no way to other hosts.

    Parameters
    ----------
    timeout : float
        Seconds for an answer.
    tries : int
        At most so many, where the failure may pass.
    clock, now : callable
        Seconds that only grow; the time of day.
    sleep : callable
        Waits so many seconds; by default until `stop`.
    """

    def __init__(
        self,
        *,
        timeout: float = _TIMEOUT,
        tries: int = _TRIES,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self._timeout, self._tries = timeout, tries
        self._clock, self._now = clock, now
        self._stopped = threading.Event()
        self._sleep = sleep or self._stopped.wait
        self._next: dict[str, float] = {}
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None

    def stop(self) -> None:
        """Ask no more: what waits or is on its way ends as a failure."""
        self._stopped.set()

    def json(self, request: Request) -> object:
        """Fetch an answer in JSON.

        Raises
        ------
        ProviderError
            When there is no usable answer, in one line.
        """
        content = self.content(request)
        try:
            return json.loads(content)
        except (ValueError, RecursionError) as error:
            raise ProviderError(f"{request.provider}: the answer is not valid JSON.", mend=_LATER) from error

    def content(self, request: Request) -> bytes:
        """Fetch an answer as it is.

        Raises
        ------
        ProviderError
            When there is no usable answer, in one line.
        """
        attempt = 0
        while True:
            attempt += 1
            self._pause(request)
            answer = self._answer(request)
            if isinstance(answer, _Answer) and answer.status == HTTPStatus.OK:
                return answer.content
            if isinstance(answer, _Answer) and answer.status in request.stands_for:
                return request.stands_for[answer.status]
            failure = self._failure(request, answer)
            wait = self._wait(answer, attempt)
            if wait is None or attempt == self._tries:
                raise failure
            self._sleep(wait)

    def _pause(self, request: Request) -> None:
        """Keep the provider's pause between requests."""
        with self._lock:
            start = max(self._clock(), self._next.get(request.provider, 0.0))
            self._next[request.provider] = start + request.gap
        if (wait := start - self._clock()) > 0:
            self._sleep(wait)
        if self._stopped.is_set():
            raise ProviderError(f"{request.provider}: the search was stopped.", mend=_LATER)

    def _answer(self, request: Request) -> _Answer | str:
        """Fetch once, or say what went wrong on the way in a few words."""
        import httpx

        try:
            return self._follow(request)
        except httpx.TimeoutException:
            return f"no answer within {self._timeout:g} s"
        except httpx.ConnectError as error:
            return _UNKNOWN_HOST if _is_of_its_name(error) else "no connection"
        except httpx.TransportError:
            return "the connection broke"
        except httpx.InvalidURL as error:
            raise ProviderError(
                f"{request.provider}: its address is not valid.", mend=f"Correct {address_of(request.provider)}."
            ) from error

    def _follow(self, request: Request) -> _Answer:
        """Fetch, following redirects within the same host; only the address that was configured is trusted."""
        url, first = request.url, True
        for _ in range(_MOST_REDIRECTS + 1):
            answer = self._once(request, url, with_params=first)
            if answer.status not in _REDIRECTS:
                return answer
            target = urljoin(url, answer.headers.get("location", ""))
            if not _is_same_host(url, target):
                raise ProviderError(
                    f"{request.provider}: it redirects from {urlsplit(url).hostname} to {urlsplit(target).hostname}, "
                    f"which is not followed.",
                    mend=f"If you trust that address, set {address_of(request.provider)} to it.",
                )
            url, first = target, False
        raise ProviderError(f"{request.provider}: it redirects without end.", mend=_LATER)

    def _once(self, request: Request, url: str, *, with_params: bool) -> _Answer:
        import httpx

        client = self._opened()
        start, chunks, size = self._clock(), [], 0
        call = client.stream(
            "GET" if request.body is None else "POST",
            url,
            params=dict(request.params) if with_params and request.params else None,
            headers=dict(request.headers),
            json=request.body,
        )
        with call as response:
            if response.status_code != HTTPStatus.OK:
                return _Answer(response.status_code, response.headers, b"")
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            if request.kind not in kind:
                raise ProviderError(
                    f"{request.provider}: the answer is {kind[:40] or 'of no stated type'}, not {request.kind}.",
                    mend=f"Check {address_of(request.provider)}, if you have set it: a login page may stand before it.",
                )
            for chunk in response.iter_raw():
                chunks.append(chunk)
                size += len(chunk)
                if size > MOST_BYTES:
                    raise _too_long(request)
                if self._clock() - start > self._timeout:
                    raise httpx.ReadTimeout("a slow answer", request=response.request)
            content = _decoded(request, response.headers.get("content-encoding", ""), b"".join(chunks))
            return _Answer(response.status_code, response.headers, content)

    def _opened(self) -> httpx.Client:
        import httpx

        with self._lock:
            if self._client is None:
                headers = {"User-Agent": f"mlestar-jupyter/{__version__}", "Accept-Encoding": "gzip"}
                self._client = httpx.Client(timeout=self._timeout, headers=headers, follow_redirects=False)
            return self._client

    def _wait(self, answer: _Answer | str, attempt: int) -> float | None:
        """Seconds until the next try, by the provider's word or else doubling; None when a next one has no sense."""
        if answer == _UNKNOWN_HOST:
            return None  # there is no network: the user waits for nothing
        if isinstance(answer, str):
            return 0.5 * 2.0 ** (attempt - 1)
        if answer.status not in _AGAIN:
            return None
        asked = _retry_after(answer.headers.get("retry-after", ""), self._now())
        wait = 2.0 ** (attempt - 1) if asked is None else asked
        return wait if wait <= _LONGEST_WAIT else None

    def _failure(self, request: Request, answer: _Answer | str) -> ProviderError:
        """Say in one line why there is no answer: nothing of the request's words, parameters or headers in it."""
        if isinstance(answer, str):
            return ProviderError(
                f"{request.provider}: {answer} ({urlsplit(request.url).hostname}).",
                mend="Check the network, or leave it out of `providers`.",
            )
        status = answer.status
        mend = request.mends.get(status)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            asked = _retry_after(answer.headers.get("retry-after", ""), self._now())
            pause = f" for {asked:.0f} s" if asked else ""
            return ProviderError(f"{request.provider}: too many requests (429); it wants a pause{pause}.", mend=_LATER)
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return ProviderError(f"{request.provider}: access was refused ({status}).", mend=mend or _REFUSED)
        if status == HTTPStatus.NOT_FOUND:
            mend = mend or f"Check {address_of(request.provider)}, if you have set it."
            return ProviderError(f"{request.provider}: nothing is at its address (404).", mend=mend)
        return ProviderError(f"{request.provider}: it answered with an error ({status}).", mend=mend or _LATER)


def _is_same_host(url: str, target: str) -> bool:
    """Whether a redirect stays with the host and its port, or moves there from http to https."""
    try:
        old, new = urlsplit(url), urlsplit(target)
        old_port, new_port = old.port or _PORTS.get(old.scheme), new.port or _PORTS.get(new.scheme)
    except ValueError:  # no port that could be
        return False
    if new.hostname != old.hostname or new.username is not None:
        return False
    upgraded = (old.scheme, new.scheme, old_port, new_port) == ("http", "https", 80, 443)
    return upgraded or (old.scheme, old_port) == (new.scheme, new_port)


def _decoded(request: Request, encoding: str, content: bytes) -> bytes:
    """Unpack an answer, which must not grow beyond the limit by it."""
    if encoding.lower() in ("", "identity"):
        return content
    try:
        unpacked = zlib.decompressobj(wbits=47).decompress(content, MOST_BYTES + 1)
    except zlib.error as error:
        raise ProviderError(f"{request.provider}: the answer cannot be unpacked.", mend=_LATER) from error
    if len(unpacked) > MOST_BYTES:
        raise _too_long(request)
    return unpacked


def _too_long(request: Request) -> ProviderError:
    return ProviderError(f"{request.provider}: the answer is longer than {MOST_BYTES // 10**6} MB.", mend=_LATER)


def _is_of_its_name(error: BaseException | None) -> bool:
    """Whether a connection failed because the host's name could not be resolved."""
    while error is not None and not isinstance(error, socket.gaierror):
        error = error.__cause__ or error.__context__
    return error is not None


def _retry_after(text: str, now: datetime) -> float | None:
    """Read how many seconds a server asks for, given as a number or as a date."""
    if text.strip().isdecimal():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (ValueError, TypeError):  # no date, or one without its zone
        return None
