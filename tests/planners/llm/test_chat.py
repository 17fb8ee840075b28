"""The chat through a real HTTP server on the loopback: good replies, awful ones, what is kept and what is sent."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.events import Asked, Note, Sent
from mlestar_jupyter.core.journal import Journal
from mlestar_jupyter.core.journal_errors import FILE_NAME
from mlestar_jupyter.environment import installed
from mlestar_jupyter.errors import MissingExtraError, SettingError
from mlestar_jupyter.planners.base import Plan
from mlestar_jupyter.planners.llm.answers import Planned
from mlestar_jupyter.planners.llm.chat import MOST_TOKENS, Chat
from mlestar_jupyter.planners.llm.ledger import Ledger
from mlestar_jupyter.planners.llm.roles import ModelRoles
from tests.planners.llm.server import Reply, ScriptedServer, role_of
from tests.planners.llm.solutions import RATIO, SOLUTION, describe, failed
from tests.planners.tables import make_task

pytestmark = pytest.mark.skipif(not installed("langchain_openai"), reason="needs the extra llm")
GOOD = Reply({"plan": "Try logs."})
PLAN = Planned(plan="Try logs.")
KEY = "sk-planted-0123456789abcdef"


def left(seconds):
    """A budget on a clock that stands still."""
    return Budget(seconds, clock=lambda: 0.0)


class Talk:
    """A chat with its server, its journal and all that it said."""

    def __init__(self, server, folder, ledger=None, model="openai:local", budget=None, **settings):
        self.server, self.events, self.budget = server, [], budget
        self.journal = Journal(folder)
        self.ledger = ledger or Ledger()
        self.chat = Chat(model, self.journal, self.ledger, emit=self.events.append, url=server.url, **settings)

    def ask(self, prompt="Plan!", attempt=0, role="planner"):
        return self.chat.ask(role, prompt, Planned, system="Be brief.", attempt=attempt, budget=self.budget)

    @property
    def notes(self):
        return [e.text for e in self.events if isinstance(e, Note)]


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    """No key and no tracing but what a test plants."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE", "LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def talk(tmp_path):
    """Make a talk with a server that gives these replies in turn, the last one for ever."""
    servers = []

    def make(*replies, folder=tmp_path, **settings):
        server = ScriptedServer(lambda request: replies[min(request.number, len(replies) - 1)])
        servers.append(server)
        return Talk(server.__enter__(), folder, **settings)

    yield make
    for server in servers:
        server.__exit__()


# --- answers ------------------------------------------------------------------------------------------------------


def test_an_answer_is_asked_for_by_a_schema_and_streamed(talk):
    one = talk(GOOD)
    assert one.ask() == PLAN
    request = one.server.requests[0]
    assert request.schema == Planned.model_json_schema()
    assert (request.system, request.prompt) == ("Be brief.", "Plan!")
    assert request.body["stream"] is True
    assert request.body["temperature"] == 0
    assert request.body["max_completion_tokens"] == MOST_TOKENS
    sent, asked = one.events
    assert sent == Sent("planner", "openai:local", "Be brief.\n\nPlan!")
    assert (asked.role, asked.model, asked.cached, asked.cost) == ("planner", "openai:local", False, None)
    assert asked.seconds > 0


def test_only_the_first_request_is_shown(talk):
    one = talk(GOOD)
    one.ask("a")
    one.ask("b")
    assert [type(e) for e in one.events] == [Sent, Asked, Asked]


@pytest.mark.parametrize(
    "bad",
    [
        Reply('{"plan": "Try'),
        Reply("I would try logs."),
        Reply({"idea": "logs"}),
        Reply({"plan": 3}),
        Reply(""),
        Reply('{"plan": "Try', finish="length"),
        Reply("{" * 50_000),
    ],
    ids=["malformed", "prose", "wrong schema", "wrong type", "empty", "too long", "deep"],
)
def test_a_bad_reply_is_mended(talk, bad):
    one = talk(bad, GOOD)
    assert one.ask() == PLAN
    first, second = one.server.requests
    assert second.prompt.startswith(first.prompt)
    assert "Your last answer could not be read" in second.prompt
    assert len(second.prompt) < 3_000
    assert one.notes == []


@pytest.mark.parametrize(
    "text", ["Sure!\n```json\n{}\n```\nBye.", "The plan is {} as you see."], ids=["fence", "prose"]
)
def test_prose_around_an_answer_needs_no_repair(talk, text):
    one = talk(text.replace("{}", GOOD.content))
    assert one.ask() == PLAN
    assert len(one.server.requests) == 1


def test_after_two_repairs_there_is_no_answer(talk):
    one = talk(Reply("nothing"))
    assert one.ask() is None
    assert len(one.server.requests) == 3
    assert one.notes == [
        "The planner of openai:local gave no answer: no valid answer after 2 repairs "
        "(the reply holds no complete JSON object)."
    ]


@pytest.mark.parametrize(
    "refusal", [Reply("", refusal="I will not."), Reply("", finish="content_filter")], ids=["refusal", "filter"]
)
def test_a_refusal_is_not_argued_with(talk, refusal):
    one = talk(refusal)
    assert one.ask() is None
    assert len(one.server.requests) == 1
    assert one.notes == ["The planner of openai:local gave no answer: the model refused."]


def test_a_reply_of_a_megabyte_is_cut_off(talk):
    one = talk(Reply("", chunks=["x" * 1_000] * 1_000))
    assert one.ask() is None
    assert len(one.server.requests) == 1
    assert "longer than 200,000 characters" in one.notes[0]
    assert one.journal.replies()[0].text == ""


# --- what a server does not take ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "text"), [(400, "no response_format here"), (422, "no"), (500, "response_format?")])
def test_a_server_without_response_format_is_given_a_tool(tmp_path, status, text):
    def reply(request):
        return Reply(text, status=status) if "response_format" in request.body else Reply(GOOD.text, as_tool=True)

    with ScriptedServer(reply) as server:
        one = Talk(server, tmp_path)
        assert one.ask("a") == PLAN
        assert one.ask("b") == PLAN
    assert [("tools" in r.body) for r in server.requests] == [False, True, True]  # it is remembered
    assert server.requests[1].body["tool_choice"]["function"]["name"] == "answer"


def test_a_server_without_either_is_said_the_schema(tmp_path):
    def reply(request):
        return GOOD if request.schema is None else Reply("unknown argument", status=400)

    with ScriptedServer(reply) as server:
        assert Talk(server, tmp_path).ask() == PLAN
    assert '"plan"' in server.requests[2].prompt
    assert '"plan"' not in server.requests[0].prompt


def test_what_a_server_does_not_know_is_left_out(tmp_path):
    def reply(request):
        for name in ("temperature", "stream_options"):
            if name in request.body:
                return Reply(f"Unsupported parameter: '{name}'", status=400)
        return GOOD

    with ScriptedServer(reply) as server:
        one = Talk(server, tmp_path)
        assert one.ask() == PLAN
    assert len(server.requests) == 3
    assert server.requests[2].schema is not None


def test_a_request_that_is_never_accepted_is_said_with_the_servers_words(talk):
    one = talk(Reply("the context has 512 tokens", status=400))
    assert one.ask() is None
    assert len(one.server.requests) == 3
    assert "the server does not accept the request (HTTP 400)" in one.notes[0]
    assert "512 tokens" in one.notes[0]


# --- failures on the way ------------------------------------------------------------------------------------------


def test_a_busy_server_is_asked_again_when_it_says(talk):
    one = talk(Reply("slow down", status=429, headers={"Retry-After": "0.3"}), GOOD)
    began = time.monotonic()
    assert one.ask() == PLAN
    assert time.monotonic() - began >= 0.3
    assert len(one.server.requests) == 2


@pytest.mark.parametrize("wait", ["3600", "5"])
def test_no_wait_goes_past_the_time_that_is_left(talk, wait):
    one = talk(Reply("slow down", status=429, headers={"Retry-After": wait}), budget=left(2.0))
    began = time.monotonic()
    assert one.ask() is None
    assert time.monotonic() - began < 2
    assert len(one.server.requests) == 1


@pytest.mark.parametrize("bad", [Reply("oops", status=500), Reply("oops", status=503), Reply(GOOD.text, drop_after=1)])
def test_a_server_that_breaks_is_asked_again(talk, bad):
    one = talk(bad, GOOD)
    assert one.ask() == PLAN
    assert len(one.server.requests) == 2
    assert one.journal.replies()[0].text == GOOD.content


def test_a_connection_that_keeps_breaking_gives_no_answer(talk):
    one = talk(Reply(GOOD.text, drop_after=1, headers={}))
    assert one.ask() is None
    assert len(one.server.requests) == 3
    assert one.notes == ["The planner of openai:local gave no answer: the connection broke."]
    assert one.ledger.run.tokens_in > 0  # what had come may have to be paid


@pytest.mark.parametrize(
    "slow", [Reply(GOOD.text, delay=1.8), Reply("", chunks=["x "] * 40, pause=0.05)], ids=["silent", "dripping"]
)
def test_a_slow_reply_is_left(talk, slow):
    one = talk(slow, seconds=1.0)
    began = time.monotonic()
    assert one.ask() is None
    assert time.monotonic() - began < 1.7
    assert len(one.server.requests) == 1
    assert any(text in one.notes[0] for text in ("the reply took more than 1 s", "the server did not answer in time"))


def test_failures_are_not_on_record_and_three_switch_the_chat_off(talk):
    one = talk(Reply("x", status=429, headers={"Retry-After": "900"}))
    for prompt in "abcd":
        assert one.ask(prompt) is None
    assert len(one.server.requests) == 3
    assert one.journal.replies() == []
    assert "the server is busy or broken (HTTP 429)" in one.notes[0]
    assert one.notes[-1] == "openai:local is switched off until the run is started again. The recipes go on alone."
    assert len(one.notes) == 4


def test_a_success_in_between_starts_the_count_anew(talk):
    bad = Reply("x", status=429, headers={"Retry-After": "900"})
    one = talk(bad, bad, GOOD, bad, bad, GOOD)
    assert [one.ask(prompt) for prompt in "abcdef"] == [None, None, PLAN, None, None, PLAN]


def test_a_server_that_is_down_is_said(tmp_path):
    with ScriptedServer(lambda _: GOOD) as server:
        pass
    one = Talk(server, tmp_path, budget=left(0.5))
    assert one.ask() is None
    assert "cannot be reached" in one.notes[0]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, "the server does not accept the key (HTTP 401)"),
        (403, "the server does not accept the key (HTTP 403)"),
        (404, "the server does not know the model, or the address (HTTP 404)"),
    ],
)
def test_a_wrong_key_or_model_switches_off_at_once(talk, status, reason):
    one = talk(Reply("no", status=status))
    assert one.ask("a") is one.ask("b") is None
    assert len(one.server.requests) == 1
    assert reason in one.notes[0]


def test_when_time_is_up_nothing_is_sent(talk):
    one = talk(GOOD, budget=left(0.0))
    assert one.ask("a") is one.ask("b") is None
    assert one.server.requests == []
    assert one.notes == ["openai:local is asked no more: the time of the run is up. The recipes go on alone."]


# --- record and cost ----------------------------------------------------------------------------------------------


def test_a_second_run_makes_no_request_and_has_the_same_answers(talk, tmp_path):
    first = talk(
        GOOD, Reply("nothing"), Reply("nothing"), Reply("nothing"), Reply("", refusal="no"), Reply({"plan": "B"})
    )
    said = [first.ask("a"), first.ask("b"), first.ask("c"), first.ask("a", attempt=1)]
    assert said == [PLAN, None, None, Planned(plan="B")]
    first.journal.close()
    second = talk(Reply("x", status=500))
    assert [second.ask("a"), second.ask("b"), second.ask("c"), second.ask("a", attempt=1)] == said
    assert second.server.requests == []
    assert all(e.cached and e.cost == 0 for e in second.events if isinstance(e, Asked))
    assert second.notes == first.notes
    assert (second.ledger.run.replayed, second.ledger.run.calls, second.ledger.run.cost) == (4, 0, 0)


def test_the_record_has_all_that_an_answer_took(talk):
    one = talk(Reply("bad", usage=(100, 10)), Reply(GOOD.text, usage=(200, 20)), ledger=Ledger(price=(1, 10)))
    one.ledger.enter("refinement")
    one.ask()
    record = one.journal.replies()[0]
    assert (record.role, record.phase, record.model) == ("planner", "refinement", "openai:local")
    assert (record.tokens_in, record.tokens_out, record.estimated) == (300, 30, False)
    assert record.cost == pytest.approx(600e-6)
    assert record.prompt == "Be brief.\n\nPlan!"
    assert one.ledger.phases["refinement"].cost == pytest.approx(600e-6)
    assert one.events[-1] == Asked("planner", "openai:local", 300, 30, record.cost, record.seconds, cached=False)


def test_tokens_that_the_server_does_not_count_are_estimated(talk):
    one = talk(Reply(GOOD.text, no_usage=True))
    one.ask()
    record = one.journal.replies()[0]
    assert record.estimated
    assert record.tokens_out == -(-len(GOOD.content) // 4)
    assert record.tokens_in > len("Be brief. Plan!") // 4
    assert one.ledger.run.estimated == 1


def test_the_cost_limit_stops_before_the_call(talk):
    price = 100.0
    one = talk(Reply(GOOD.text, usage=(0, 5_000)), ledger=Ledger(max_cost=1.1, price=(0, price)))
    assert [one.ask(p) for p in "abc"] == [PLAN, None, None]  # 0.5 spent; 0.8 more might be needed
    assert len(one.server.requests) == 1
    assert one.notes == [
        "openai:local is asked no more: the limit of 1.1 USD might be passed. The recipes go on alone."
    ]
    assert one.ask("a") == PLAN  # what is on record costs nothing


def test_roles_may_be_asked_side_by_side(talk):
    one = talk(GOOD)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one.ask, map(str, range(12)))) == [PLAN] * 12
    assert len(one.journal.replies()) == one.ledger.run.calls == 12
    assert sum(isinstance(e, Sent) for e in one.events) == 1


# --- keys and privacy ---------------------------------------------------------------------------------------------


def test_a_key_is_sent_to_the_server_and_stands_nowhere_else(talk, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    bad = Reply(f"Incorrect key {KEY}", status=400)
    one = talk(Reply({"plan": f"Print {KEY}"}), Reply(f"no {KEY}"), bad)
    one.ask("a")
    one.ask("b")
    one.chat.check()
    assert one.server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    one.journal.close()
    said = repr(one.events) + repr(one.chat) + repr(vars(one.chat))
    assert "Incorrect key [key]" in said
    assert KEY not in said
    for file in tmp_path.glob(f"{FILE_NAME}*"):
        assert KEY.encode() not in file.read_bytes()
    assert all(KEY.encode() not in r.raw for r in one.server.requests)


def test_a_key_within_a_block_is_neither_sent_nor_kept(talk, monkeypatch, tmp_path):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    one = talk(GOOD)
    assert one.ask(f"The block is: key = '{KEY}'") == PLAN
    assert KEY.encode() not in one.server.requests[0].raw
    assert [KEY in r.prompt for r in one.journal.replies()] == [False]


def test_what_a_failed_repair_had_cost_is_on_record_and_no_answer(talk):
    one = talk(Reply("no JSON"), Reply("forbidden", status=403), ledger=Ledger(price=(1_000, 1_000)))
    assert one.ask() is None
    (record,) = one.journal.replies()
    assert record.cost == pytest.approx(one.ledger.run.cost)
    assert record.cost > 0
    assert one.journal.replies()[0].reason


@pytest.mark.parametrize("switch", ["LANGCHAIN_TRACING_V2", "LANGSMITH_TRACING"])
def test_tracing_to_others_is_off_whatever_the_environment_says(tmp_path, monkeypatch, switch):
    monkeypatch.setenv("LANGSMITH_API_KEY", "lsv2-planted")
    monkeypatch.setenv(switch, "true")
    with ScriptedServer(lambda _: GOOD) as server, ScriptedServer(lambda _: GOOD) as langsmith:
        monkeypatch.setenv("LANGSMITH_ENDPOINT", langsmith.url)
        assert Talk(server, tmp_path).ask() == PLAN
        time.sleep(0.5)  # a tracer sends from a thread of its own
        assert langsmith.requests == []
    assert all(b"lsv2" not in r.raw and "lsv2" not in str(r.headers) for r in server.requests)


def test_check_sends_nothing_and_names_what_is_missing(talk, monkeypatch, tmp_path):
    one = talk(GOOD)
    one.chat.check()
    assert one.server.requests == []
    with pytest.raises(SettingError) as error:
        Chat("openai:gpt-5", Journal(tmp_path), Ledger(), emit=one.events.append).check()
    assert str(error.value) == (
        "There is no key for openai. "
        "Set the environment variable OPENAI_API_KEY before Jupyter starts, or put it into the keyring."
    )
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    Chat("openai:gpt-5", Journal(tmp_path), Ledger(), emit=one.events.append).check()
    with pytest.raises(SettingError, match="price of openai:local"):
        Chat("openai:local", Journal(tmp_path), Ledger(max_cost=1), emit=one.events.append).check()


@pytest.mark.skipif(installed("langchain_anthropic"), reason="it is there")
def test_a_missing_package_is_named_with_its_extra(tmp_path):
    with pytest.raises(MissingExtraError, match=r"pip install 'mlestar-jupyter\[anthropic\]'"):
        Chat("anthropic:claude-sonnet-4-5", Journal(tmp_path), Ledger(), emit=print).check()


@pytest.mark.parametrize(
    ("model", "line"),
    [
        ("gpt-5", "The chat model 'gpt-5' cannot be read. Write it like openai:gpt-5-mini."),
        ("openai:", "The chat model 'openai:' cannot be read. Write it like openai:gpt-5-mini."),
        ("opnai:x", "There is no provider 'opnai' of chat models. Did you mean openai:x?"),
    ],
)
def test_a_model_that_cannot_be_read_is_refused(tmp_path, model, line):
    with pytest.raises(SettingError) as error:
        Chat(model, Journal(tmp_path), Ledger(), emit=print)
    assert str(error.value) == line


# --- the roles over it --------------------------------------------------------------------------------------------


def test_roles_work_through_the_server(tmp_path):
    answers = {"extractor": {"block": "features", "plan": "Add a ratio."}, "coder": {"source": RATIO, "label": "ratio"}}
    with ScriptedServer(lambda request: answers[role_of(request)]) as server:
        roles = ModelRoles(Talk(server, tmp_path).chat, describe)
        plan = roles.extract(make_task(), SOLUTION, "features matter", ["features", "model"], [], "")
        assert plan == Plan("features", "Add a ratio.")
        assert roles.code(make_task(), SOLUTION, plan).source.endswith(f"{RATIO}\n")
    assert [role_of(r) for r in server.requests] == ["extractor", "coder"]


def test_a_cell_in_an_error_is_in_no_request(tmp_path):
    with ScriptedServer(lambda _: {"block": "none"}) as server:
        roles = ModelRoles(Talk(server, tmp_path).chat, describe)
        text = "ValueError: could not convert string to float: 'Ann Smith'"
        roles.debug(make_task(), failed(text, f"Traceback (most recent call last):\n{text}"))
    assert [role_of(r) for r in server.requests] == ["debugger"]
    assert all(b"Ann Smith" not in r.raw for r in server.requests)
