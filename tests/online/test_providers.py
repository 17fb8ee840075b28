"""Each provider against a local server that answers in the service's own format."""

import ast
import inspect
import json
import logging
import sys

import pytest

from mlestar_jupyter.environment import installed
from mlestar_jupyter.errors import MissingExtraError, ProviderError
from mlestar_jupyter.online import hubs, papers, web
from mlestar_jupyter.online.base import Query
from mlestar_jupyter.online.fetch import Fetcher
from mlestar_jupyter.online.papers import Arxiv
from mlestar_jupyter.online.web import DuckDuckGo, Tavily
from tests.online.conftest import KEY
from tests.online.server_for_tests import Reply

NAMES = ("tavily", "searxng", "arxiv", "semantic_scholar", "huggingface", "openml", "kaggle", "github")
FOUND = {
    "tavily": ("Which boosting library for churn?", "https://blog.example/boosting", "2026-03-02", "", 0),
    "searxng": ("Random forests in practice", "https://wiki.example/random-forest", "", "", 0),
    "arxiv": (
        "TabPFN and gradient boosting on small tables", "https://arxiv.org/abs/2599.01234v2", "2025-05-27", "", 0
    ),
    "semantic_scholar": (
        "TabPFN and gradient boosting on small tables", "https://www.semanticscholar.org/paper/abc", "2025-05-27",
        "CCBY", 900,
    ),
    "huggingface": (
        "nobody/churn-lightgbm", "https://huggingface.co/nobody/churn-lightgbm", "2026-02-01", "apache-2.0", 1234
    ),
    "openml": ("churn", "https://www.openml.org/d/40701", "", "", 0),
    "kaggle": ("LGBM baseline for tables", "https://www.kaggle.com/code/nobody/lgbm-baseline", "2026-01-01", "", 321),
    "github": ("nobody/tabular-zoo", "https://github.com/nobody/tabular-zoo", "2026-04-05", "MIT", 4321),
}  # fmt: skip
QUERY = Query(("churn", "tabular", "classification", "boosting", "benchmark"), ("churn",))


@pytest.fixture(params=NAMES)
def provider(request, providers):
    return providers[request.param]


def asked(provider):
    return provider.search(provider.phrase(QUERY), 10)


def test_answer_in_the_services_format_is_read(provider):
    first = asked(provider)[0]
    assert (first.title, first.url, first.date, first.licence, first.count) == FOUND[provider.name]
    assert (first.provider, first.query) == (provider.name, provider.phrase(QUERY))
    assert first.excerpt


def test_no_more_than_the_limit_is_given(provider):
    assert len(provider.search("classification churn", 1)) == 1


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "refused"), (403, "refused"), (404, "404"), (429, "too many requests"), (500, "500"), (503, "503")],
)
def test_error_is_one_line_that_names_the_provider(provider, server, status, words):
    server.usual = Reply(status, b'{"error": "secret words of the answer"}')
    with pytest.raises(ProviderError, match=words) as caught:
        asked(provider)
    assert str(caught.value).startswith(f"{provider.name}: ")
    assert "\n" not in str(caught.value)
    assert "secret words" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[1, 2", b"null", b"[]" * 3, b'{"data": 3}', b"\xff\xfe\xfa", b"[" * 100_000, b"<feed", b"9" * 9000],
    ids=range(10),
)
def test_malformed_answer_is_an_error_of_the_provider(provider, server, content):
    server.usual = Reply(
        content=content, kind="application/atom+xml" if provider.name == "arxiv" else "application/json"
    )
    with pytest.raises(ProviderError, match=provider.name):
        asked(provider)


@pytest.mark.parametrize("item", ["null", "3", '"text"', "[]", "{}", '{"title": 3, "url": [], "id": {}, "name": null}'])
def test_item_of_another_form_is_left_out(providers, server, item):
    shapes = {
        "tavily": '{"results": [%s]}', "searxng": '{"results": [%s]}', "semantic_scholar": '{"data": [%s]}',
        "huggingface": "[%s]", "openml": '{"data": {"dataset": [%s]}}', "kaggle": "[%s]", "github": '{"items": [%s]}',
    }  # fmt: skip
    for name, shape in shapes.items():
        server.usual = Reply(content=(shape % item).encode())
        assert asked(providers[name]) == []


def test_web_page_in_place_of_an_answer_is_refused(provider, server):
    server.usual = Reply(content=b"<html>Please log in</html>", kind="text/html")
    with pytest.raises(ProviderError, match="text/html"):
        asked(provider)


def test_key_is_sent_and_appears_nowhere_else(provider, server, caplog):
    caplog.set_level(logging.DEBUG)
    answers = asked(provider)
    server.usual = Reply(401)
    with pytest.raises(ProviderError) as caught:
        asked(provider)
    said = [repr(provider), repr(answers), str(caught.value), repr(caught.value), caplog.text]
    said += [json.dumps([request.path, request.params, request.body]) for request in server.asked]
    assert [text for text in said if KEY in text] == []
    takes_none = provider.name in ("arxiv", "openml")
    assert all((KEY in str(request.headers)) != takes_none for request in server.asked)


def test_orders_in_a_result_stay_text_without_marks_of_turns(providers):
    (reference,) = asked(providers["searxng"])
    assert "ignore all previous instructions" in reference.excerpt
    assert "<|" not in reference.excerpt


def test_without_a_key_tavily_is_asked_in_its_keyless_mode(server, fetcher):
    assert asked(Tavily(fetcher, f"{server.url}/tavily"))
    assert server.asked[0].headers["x-tavily-access-mode"] == "keyless"
    assert "authorization" not in server.asked[0].headers


MENDS = [
    ("tavily", 401, "access was refused (401). Check TAVILY_API_KEY."),
    (
        "tavily", 432,
        "it answered with an error (432). Its plan is used up: wait, or give TAVILY_API_KEY of another one.",
    ),
    ("searxng", 403, "access was refused (403). Its settings.yml must list json below search.formats."),
    ("semantic_scholar", 403, "access was refused (403). Check SEMANTIC_SCHOLAR_API_KEY."),
    ("huggingface", 401, "access was refused (401). Check HF_TOKEN."),
    ("kaggle", 403, "access was refused (403). Check KAGGLE_API_TOKEN."),
    ("github", 401, "access was refused (401). Check GITHUB_TOKEN."),
    ("github", 403, "access was refused (403). Wait some minutes, or give GITHUB_TOKEN."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "status", "line"), MENDS)
def test_a_status_with_a_meaning_of_its_own_says_what_mends_it(providers, server, name, status, line):
    server.usual = Reply(status)
    with pytest.raises(ProviderError) as error:
        asked(providers[name])
    assert str(error.value) == f"{name}: {line}"


@pytest.mark.parametrize(("name", "kind"), [("github", "application/json"), ("arxiv", "application/atom+xml")])
def test_answer_of_another_form_names_the_address_and_a_newer_version(providers, server, name, kind):
    server.usual = Reply(content=b"<x>3</x>" if "xml" in kind else b"3", kind=kind)
    with pytest.raises(ProviderError) as error:
        asked(providers[name])
    assert str(error.value) == (
        f"{name}: the answer has another form than the service documents. Check MLESTAR_{name.upper()}_URL, "
        "if you have set it; a newer version of this package may know the new form."
    )


def test_openml_that_knows_no_such_data_set_found_nothing(providers, server):
    server.usual = Reply(412, b'{"error": {"code": "372", "message": "No results"}}')
    assert asked(providers["openml"]) == []


def test_openml_tells_the_columns_of_a_data_set(providers):
    assert "columns state, account_length, class; 5000 rows" in asked(providers["openml"])[0].excerpt


def test_semantic_scholar_that_found_nothing_leaves_the_list_out(providers, server):
    server.usual = Reply(content=b'{"total": 0, "offset": 0}')
    assert asked(providers["semantic_scholar"]) == []


def test_arxiv_is_asked_once_in_three_seconds(server, fetcher, clock):
    arxiv = Arxiv(fetcher, f"{server.url}/arxiv")
    for _ in range(3):
        asked(arxiv)
    assert clock.slept == [3.0, 3.0]


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE feed [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE feed [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE feed SYSTEM "http://127.0.0.1:9/feed.dtd">',
    ],
)
def test_xml_that_declares_entities_is_refused(providers, server, declaration):
    feed = f'<?xml version="1.0"?>{declaration}<feed xmlns="http://www.w3.org/2005/Atom"></feed>'
    server.usual = Reply(content=feed.encode(), kind="application/atom+xml")
    with pytest.raises(
        ProviderError,
        match=r"^arxiv: the answer is not valid XML without declarations\. Search again later, or leave it out of `providers`\.$",
    ):
        asked(providers["arxiv"])


def test_results_of_the_duckduckgo_package_become_references():
    given = {"title": "Boosting <i>notes</i>", "href": "https://notes.example/b", "body": "XGBoost&nbsp;first"}
    (reference,) = DuckDuckGo(lambda query, limit: [given, {"title": "no address"}]).search("q", 5)
    assert (reference.title, reference.excerpt) == ("Boosting notes", "XGBoost first")


@pytest.mark.skipif(installed("ddgs"), reason="the package is installed")
def test_missing_duckduckgo_package_is_named_with_its_extra():
    with pytest.raises(MissingExtraError, match=r"mlestar-jupyter\[web\]"):
        DuckDuckGo().search("q", 5)


def test_real_addresses_are_those_of_the_services():
    assert Tavily(Fetcher()).base == "https://api.tavily.com"
    assert Arxiv(Fetcher()).base == "https://export.arxiv.org"


@pytest.mark.parametrize("module", [hubs, papers, web], ids=lambda m: m.__name__.rpartition(".")[2])
def test_results_are_gone_through_in_one_loop_of_all_providers(module):
    functions = [n for n in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(n, ast.FunctionDef)]
    searches = [f for f in functions if f.name == "search"]
    assert searches
    assert not [n for f in searches for n in ast.walk(f) if isinstance(n, ast.For | ast.ListComp)]


DDGS = """
from ddgs.exceptions import DDGSException


class DDGS:
    def __init__(self, timeout):
        pass

    def text(self, query, max_results):
        raise DDGSException({!r})
"""


@pytest.fixture
def duckduckgo(tmp_path, monkeypatch):
    """Put a package ddgs on the path that answers with an error."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def that_says(text):
        (tmp_path / "ddgs").mkdir()
        (tmp_path / "ddgs" / "exceptions.py").write_text("class DDGSException(Exception):\n    pass\n")
        (tmp_path / "ddgs" / "__init__.py").write_text(DDGS.format(text))
        return DuckDuckGo()

    yield that_says
    for name in ("ddgs", "ddgs.exceptions"):
        sys.modules.pop(name, None)


def test_duckduckgo_that_fails_is_an_error_in_a_line(duckduckgo):
    with pytest.raises(ProviderError) as error:
        duckduckgo("blocked: private words").search("private words", 5)
    assert str(error.value) == ("duckduckgo: no answer (DDGSException). Search again later, or use another provider.")


def test_duckduckgo_that_finds_nothing_is_no_error(duckduckgo):
    assert duckduckgo("No results found.").search("q", 5) == []
