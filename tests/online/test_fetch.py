from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from mlestar_jupyter.errors import ProviderError
from mlestar_jupyter.online.fetch import Fetcher, Request
from tests.online.server_for_tests import Reply, packed

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
GOOD = Reply(content=b'{"a": 1}')


@pytest.fixture
def request_(server):
    return Request("service", f"{server.url}/x", {"q": "private words"})


@pytest.mark.parametrize(
    ("header", "pause"),
    [("7", 7.0), (format_datetime(NOW.replace(second=9), usegmt=True), 9.0), ("soon", 1.0), ("0", 0.0), ("-1", 1.0)],
)
def test_retry_waits_as_long_as_the_server_asks(server, request_, clock, header, pause):
    server.script = [Reply(429, headers={"Retry-After": header}), GOOD]
    fetcher = Fetcher(clock=clock, sleep=clock.sleep, now=lambda: NOW)
    assert fetcher.json(request_) == {"a": 1}
    assert clock.slept == [pause]


def test_server_that_asks_for_a_long_wait_is_not_waited_for(server, request_, fetcher, clock):
    server.script = [Reply(429, headers={"Retry-After": "3600"}), GOOD]
    with pytest.raises(ProviderError, match="3600 s"):
        fetcher.json(request_)
    assert clock.slept == []


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_failure_that_may_pass_is_tried_three_times_with_growing_pauses(server, request_, fetcher, clock, status):
    server.usual = Reply(status)
    with pytest.raises(ProviderError, match=str(status)):
        fetcher.json(request_)
    assert (len(server.asked), clock.slept) == (3, [1.0, 2.0])


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422])
def test_failure_that_stays_is_tried_once(server, request_, fetcher, status):
    server.usual = Reply(status)
    with pytest.raises(ProviderError, match=str(status)):
        fetcher.json(request_)
    assert len(server.asked) == 1


def test_dropped_connection_is_tried_again(server, request_, fetcher):
    server.script = [Reply(content=b'{"a": 1, "b": 2}', drop=True), GOOD]
    assert fetcher.json(request_) == {"a": 1}


def test_connection_that_drops_each_time_is_an_error(server, request_, fetcher):
    server.usual = Reply(content=b'{"a": 1, "b": 2}', drop=True)
    with pytest.raises(ProviderError, match="connection broke"):
        fetcher.json(request_)


def test_no_server_is_no_connection(fetcher):
    with pytest.raises(ProviderError, match=r"no connection \(127.0.0.1\)"):
        fetcher.json(Request("service", "http://127.0.0.1:9/x"))


def test_name_that_cannot_be_resolved_is_tried_once(fetcher, clock):
    with pytest.raises(ProviderError, match=r"its name cannot be resolved \(nothing\.invalid\)"):
        fetcher.json(Request("service", "http://nothing.invalid/x"))
    assert clock.slept == []


def test_silent_server_is_given_up(server, request_):
    server.usual = Reply(content=b"x" * 10, drip=3.0)
    with pytest.raises(ProviderError, match="no answer within 0.2 s"):
        Fetcher(timeout=0.2, tries=1).json(request_)


def test_server_that_drips_cannot_hold_on_for_ever(server, request_):
    server.usual = Reply(content=b"x" * 50, drip=0.1)
    with pytest.raises(ProviderError, match="no answer within 0.3 s"):
        Fetcher(timeout=0.3, tries=1).json(request_)


def test_long_answer_is_not_read_to_its_end(server, request_, fetcher):
    server.usual = Reply(content=b'"' + b"x" * 3_000_000 + b'"')
    with pytest.raises(ProviderError, match="longer than 2 MB"):
        fetcher.json(request_)


def test_packed_answer_is_read(server, request_, fetcher):
    server.usual = packed(b'{"a": 1}')
    assert fetcher.json(request_) == {"a": 1}


def test_packed_answer_that_would_grow_beyond_the_limit_is_refused(server, request_, fetcher):
    server.usual = packed(b" " * 200_000_000)
    with pytest.raises(ProviderError, match="longer than 2 MB"):
        fetcher.json(request_)


def test_answer_in_an_unknown_packing_is_refused(server, request_, fetcher):
    server.usual = Reply(content=b"nonsense", headers={"Content-Encoding": "br"})
    with pytest.raises(ProviderError, match="unpacked"):
        fetcher.json(request_)


def test_redirect_within_the_host_is_followed(server, request_, fetcher):
    server.script = [Reply(302, headers={"Location": "/moved?q=1"}), GOOD]
    assert fetcher.json(request_) == {"a": 1}
    assert server.asked[1].path == "/moved"


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://localhost:1/",
        "http://127.0.0.1:1/",
        "http://user@127.0.0.1/",
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "gopher://127.0.0.1:99999/",
    ],
)
def test_redirect_elsewhere_is_not_followed(server, request_, fetcher, target):
    server.usual = Reply(302, headers={"Location": target})
    with pytest.raises(ProviderError, match="not followed"):
        fetcher.json(request_)
    assert len(server.asked) == 1


def test_redirect_without_end_is_given_up(server, request_, fetcher):
    server.usual = Reply(302, headers={"Location": "/x"})
    with pytest.raises(ProviderError, match="without end"):
        fetcher.json(request_)
    assert len(server.asked) == 4


def test_errors_hold_neither_parameters_nor_headers(server, fetcher):
    server.usual = Reply(500)
    request = Request("service", f"{server.url}/x", {"q": "private words"}, {"X-Key": "planted"})
    with pytest.raises(ProviderError) as caught:
        fetcher.json(request)
    assert "private" not in str(caught.value)
    assert "planted" not in f"{caught.value} {request!r}"


def test_pauses_are_kept_for_each_provider_apart(server, fetcher, clock):
    server.usual = GOOD
    for name, gap in (("a", 3.0), ("b", 1.0), ("a", 3.0), ("b", 1.0), ("a", 3.0)):
        fetcher.json(Request(name, f"{server.url}/x", gap=gap))
    assert clock.slept == [3.0, 3.0]


def test_stopped_fetcher_asks_no_more(server, request_):
    fetcher = Fetcher()
    fetcher.stop()
    with pytest.raises(ProviderError, match="stopped"):
        fetcher.json(request_)
    assert server.asked == []
