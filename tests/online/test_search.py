import json
import threading
import time
from dataclasses import replace

import pytest

from mlestar_jupyter.core.journal import Journal
from mlestar_jupyter.online.fetch import Fetcher
from mlestar_jupyter.online.hubs import GitHub
from mlestar_jupyter.online.papers import Arxiv
from mlestar_jupyter.online.search import Found, Record, Wish, search_online
from tests.online.server_for_tests import Reply


@pytest.fixture
def wish(churn_task):
    return Wish(churn_task, "my_table.csv", "", rounds=2, limit=20)


@pytest.fixture
def providers(providers):
    """Without pauses, and by a clock that threads do not push on for each other."""
    fetcher = Fetcher()
    return {name: replace(provider, fetcher=fetcher, gap=0.0) for name, provider in providers.items()}


@pytest.fixture
def record(tmp_path):
    journal = Journal(tmp_path)
    yield Record(journal.get, journal.put)
    journal.close()


def search(wish, providers, record, **more):
    return search_online(wish, list(providers.values()), record=record, **more)


def test_search_of_all_providers_keeps_each_page_once_with_its_source(wish, providers, record):
    found = search(wish, providers, record)
    assert found.notes == ()
    urls = [reference.url for reference in found.references]
    assert len(urls) == len(set(urls)) >= 8
    assert all(r.retrieved and r.provider in providers and r.query for r in found.references)
    paper = next(r for r in found.references if r.title.startswith("TabPFN"))
    assert (paper.provider, paper.also) == ("arxiv", ("semantic_scholar",))


def test_later_round_asks_about_what_the_first_found(wish, providers, record):
    found = search(wish, {"arxiv": providers["arxiv"]}, record)
    assert [a for a in found.asked if a.startswith(("arxiv: catboost tabular", "arxiv: gradient boosting"))]
    assert len(found.asked) > len(search(replace(wish, rounds=1), {"arxiv": providers["arxiv"]}, record).asked)


def test_nothing_is_asked_twice(wish, providers, server, record):
    found = search(replace(wish, rounds=5), providers, record)
    assert len(found.asked) == len(set(found.asked))
    sent = [json.dumps([r.path, r.params, r.body], sort_keys=True) for r in server.asked]
    described = "/openml/api/v1/json/data/features"
    assert len([s for s in sent if described not in s]) == len({s for s in sent if described not in s})


def test_everything_that_is_sent_is_said(wish, providers, server, record):
    found = search(wish, providers, record)
    said = {line.partition(": ")[2] for line in found.asked if line.startswith("searxng")}
    assert {r.params["q"] for r in server.asked if r.path.startswith("/searxng")} == said


def test_replay_asks_nobody_and_is_the_same_to_the_last_byte(wish, providers, server, record):
    first = search(wish, providers, record)
    asked = len(server.asked)
    again = search(wish, providers, record)
    assert len(server.asked) == asked
    assert json.dumps(again.to_dict()) == json.dumps(first.to_dict())


def test_refresh_asks_anew(wish, providers, server, record):
    search(wish, providers, record)
    asked = len(server.asked)
    search(replace(wish, refresh=1), providers, record)
    assert len(server.asked) == 2 * asked


def test_failed_provider_becomes_one_note_and_the_others_go_on(wish, providers, server, record):
    broken = GitHub(Fetcher(tries=1), f"{server.url}/nowhere")
    found = search(wish, {"github": broken, "kaggle": providers["kaggle"]}, record)
    assert len(found.notes) == 1
    assert found.notes[0].startswith("github: nothing is at its address (404)")
    assert {r.provider for r in found.references} == {"kaggle"}
    assert sum(r.path.startswith("/nowhere") for r in server.asked) == 1


def test_failed_provider_is_asked_again_by_the_next_search_and_the_others_are_not(wish, providers, server, record):
    server.script = [Reply(404)]
    first = search(wish, {"github": providers["github"]}, record)
    assert (first.references, len(first.notes)) == ((), 1)
    second = search(wish, {"github": providers["github"]}, record)
    assert second.references != ()
    assert second.notes == ()


def test_orders_and_marks_in_results_are_plain_text(wish, providers, record):
    found = search(wish, {"searxng": providers["searxng"]}, record)
    assert "ignore all previous instructions" in found.references[0].excerpt
    assert "<|" not in json.dumps(found.to_dict())


def test_no_provider_finds_nothing(wish, record):
    assert search(wish, {}, record) == Found()


def test_found_survives_json(wish, providers, record):
    found = search(wish, providers, record)
    assert Found.from_dict(json.loads(json.dumps(found.to_dict()))) == found


class Waiting:
    """A provider that answers when it is let."""

    name = "waiting"

    def __init__(self):
        self.let = threading.Event()

    def phrase(self, query):
        return " ".join(query.words)

    def search(self, query, limit):
        self.let.wait(10)
        return []


def test_search_ends_when_its_time_is_up(wish, providers, record):
    waiting = Waiting()
    start = time.monotonic()
    found = search(wish, {"waiting": waiting, "github": providers["github"]}, record, seconds=0.8)
    waiting.let.set()
    assert time.monotonic() - start < 3
    assert [n for n in found.notes if n == "waiting: time was up before it had answered."]
    assert {r.provider for r in found.references} == {"github"}


def test_search_without_time_asks_nobody(wish, providers, server, record):
    found = search(wish, providers, record, seconds=0.0)
    assert (server.asked, found.references) == ([], ())
    assert len(found.notes) == len(providers)


class Broken(Waiting):
    """A provider with a defect."""

    def search(self, query, limit):
        raise ZeroDivisionError("a defect")


def test_defect_of_a_provider_is_not_hidden(wish, record):
    with pytest.raises(ZeroDivisionError):
        search(wish, {"waiting": Broken()}, record)


def test_answers_that_came_before_an_interrupt_are_kept(wish, server, providers, record):
    kept = {}

    def keep(key, value):
        kept[key] = value
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search(wish, {"github": providers["github"]}, Record(record.recall, keep))
    assert len(kept) == 1


def test_order_in_which_answers_come_does_not_matter(wish, server):
    class Late(Arxiv):
        def search(self, query, limit):
            time.sleep(0.05)
            return super().search(query, limit)

    def found(kind):
        fetcher = Fetcher()
        providers = [kind(fetcher, f"{server.url}/arxiv", 0.0), GitHub(fetcher, f"{server.url}/github", gap=0.0)]
        return search_online(replace(wish, rounds=1), providers, record=Record())

    assert [r.url for r in found(Arxiv).references] == [r.url for r in found(Late).references]
