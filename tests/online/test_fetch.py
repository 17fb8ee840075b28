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
    with pytest.raises(
        ProviderError,
        match=r"^service: too many requests \(429\); it wants a pause for 3600 s\. Search again later; what was found",
    ):
        fetcher.json(request_)
    assert clock.slept == []


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_failure_that_may_pass_is_tried_three_times_with_growing_pauses(server, request_, fetcher, clock, status):
    server.usual = Reply(status)
    with pytest.raises(ProviderError) as error:
        fetcher.json(request_)
    assert str(status) in str(error.value)
    assert str(error.value).endswith(". Search again later; what was found is kept.")
    assert (len(server.asked), clock.slept) == (3, [1.0, 2.0])


ERROR = "service: it answered with an error ({}). Search again later; what was found is kept."
REFUSED = "service: access was refused ({}). Check its key, if it needs one, or leave it out of `providers`."


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (400, ERROR),
        (401, REFUSED),
        (403, REFUSED),
        (404, "service: nothing is at its address (404). Check MLESTAR_SERVICE_URL, if you have set it."),
        (410, ERROR),
        (422, ERROR),
    ],
)
def test_failure_that_stays_is_tried_once(server, request_, fetcher, status, line):
    server.usual = Reply(status)
    with pytest.raises(ProviderError) as error:
        fetcher.json(request_)
    assert str(error.value) == line.format(status)
    assert len(server.asked) == 1


def test_dropped_connection_is_tried_again(server, request_, fetcher):
    server.script = [Reply(content=b'{"a": 1, "b": 2}', drop=True), GOOD]
    assert fetcher.json(request_) == {"a": 1}


def test_connection_that_drops_each_time_is_an_error(server, request_, fetcher):
    server.usual = Reply(content=b'{"a": 1, "b": 2}', drop=True)
    with pytest.raises(ProviderError) as error:
        fetcher.json(request_)
    assert str(error.value) == (
        "service: the connection broke (127.0.0.1). Check the network, or leave it out of `providers`."
    )


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


@pytest.mark.parametrize(
    ("reply", "line"),
    [
        (Reply(content=b"{"), "service: the answer is not valid JSON. Search again later; what was found is kept."),
        (
            Reply(content=b"<html>", kind="text/html"),
            "service: the answer is text/html, not json. "
            "Check MLESTAR_SERVICE_URL, if you have set it: a login page may stand before it.",
        ),
        (
            Reply(content=b"x" * 2_000_001),
            "service: the answer is longer than 2 MB. Search again later; what was found is kept.",
        ),
        (
            Reply(content=b"nonsense", headers={"Content-Encoding": "br"}),
            "service: the answer cannot be unpacked. Search again later; what was found is kept.",
        ),
        (
            Reply(302, headers={"Location": "https://elsewhere.example/"}),
            "service: it redirects from 127.0.0.1 to elsewhere.example, which is not followed. "
            "If you trust that address, set MLESTAR_SERVICE_URL to it.",
        ),
        (
            Reply(302, headers={"Location": "/x"}),
            "service: it redirects without end. Search again later; what was found is kept.",
        ),
        (
            Reply(429, headers={"Retry-After": "3600"}),
            "service: too many requests (429); it wants a pause for 3600 s. "
            "Search again later; what was found is kept.",
        ),
    ],
)
def test_unusable_answer_is_one_line(server, request_, fetcher, reply, line):
    server.usual = reply
    with pytest.raises(ProviderError) as error:
        fetcher.json(request_)
    assert str(error.value) == line


def test_address_that_is_none_is_named_by_its_variable(fetcher):
    with pytest.raises(ProviderError) as error:
        fetcher.json(Request("semantic_scholar", "http://[::1/x"))
    assert str(error.value) == "semantic_scholar: its address is not valid. Correct MLESTAR_SEMANTIC_SCHOLAR_URL."


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
    with pytest.raises(ProviderError) as error:
        fetcher.json(request_)
    assert str(error.value) == "service: the search was stopped. Search again later; what was found is kept."
    assert server.asked == []
