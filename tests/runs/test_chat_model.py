import pytest

from mlestar_jupyter.errors import ExecutionError, SettingError
from mlestar_jupyter.executors.local.walls import Wall, Walls
from mlestar_jupyter.runs.chat_model import ModelSettings, need_walls, read_model

STANDS, FALLEN = Wall(True, "", "x"), Wall(False, "macOS has no means for it", "a candidate could open connections")


def test_no_model_no_settings():
    assert read_model(None) is None


def test_what_was_said_is_read():
    found = read_model("openai:gpt-5", url="http://localhost:1/v1", price="0.25, 2", max_cost=1.5, share_rows=3)
    assert found == ModelSettings("openai:gpt-5", "http://localhost:1/v1", (0.25, 2.0), 1.5, 3)
    assert read_model("openai:gpt-5", price=(0.25, 2.0)).price == (0.25, 2.0)


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"llm": "gpt-5"}, "--llm is 'gpt-5'. Write PROVIDER:MODEL"),
        ({"llm": "openai:"}, "--llm is 'openai:'. Write PROVIDER:MODEL"),
        (
            {"llm": "openai:a", "url": "localhost"},
            "--llm-url is 'localhost'. Give an address, as in http://localhost:8000",
        ),
        ({"llm": "openai:a", "url": "http://[::"}, "--llm-url is 'http://[::'. Give an address"),
        ({"llm": "openai:a", "price": "1"}, "--llm-price is '1'. Give US dollars"),
        ({"llm": "openai:a", "price": "a,b"}, "--llm-price is 'a,b'. Give US dollars"),
        ({"llm": "openai:a", "price": "-1,2"}, "--llm-price is '-1,2'. Give US dollars"),
        ({"llm": "openai:a", "max_cost": -1.0}, "--max-cost is -1.0. Give US dollars"),
        ({"llm": "openai:a", "max_cost": float("nan")}, "--max-cost is nan. Give US dollars"),
        ({"llm": "openai:a", "share_rows": -2}, "--share-rows is -2. Give a number of rows"),
        ({"llm": "openai:a", "share_rows": 21}, "--share-rows is 21. Give a number of rows, 20 at most."),
        ({"llm": None, "url": "http://localhost"}, "--llm-url is about a chat model. Name one with --llm"),
        ({"llm": None, "price": "1,2"}, "--llm-price is about a chat model. Name one with --llm"),
        ({"llm": None, "max_cost": 1.0}, "--max-cost is about a chat model. Name one with --llm"),
        ({"llm": None, "share_rows": 1}, "--share-rows is about a chat model. Name one with --llm"),
        ({"llm": None, "unsandboxed": True}, "--unsandboxed is about a chat model. Name one with --llm"),
    ],
)
def test_mistakes_are_one_line(given, line):
    with pytest.raises(SettingError) as caught:
        read_model(**given)
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)


def test_a_missing_wall_is_refused_by_name_unless_allowed():
    found = Walls(STANDS, FALLEN, STANDS)
    with pytest.raises(
        ExecutionError, match=r"No wall around network: a candidate could open connections .*--unsandboxed"
    ):
        need_walls(found, unsandboxed=False)
    need_walls(found, unsandboxed=True)
    need_walls(Walls(STANDS, STANDS, STANDS), unsandboxed=False)


def test_only_model_and_rows_decide_how_a_phase_plans():
    one, other = read_model("openai:a", max_cost=1.0), read_model("openai:a", price="1,2", url="http://localhost")
    assert one.decides == other.decides != read_model("openai:a", share_rows=1).decides
