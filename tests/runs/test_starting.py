import pytest

from mlestar_jupyter.errors import ExecutionError, SettingError
from mlestar_jupyter.executors.local.walls import Wall, Walls
from mlestar_jupyter.options.start import OPTIONS
from mlestar_jupyter.options.values import start_options
from mlestar_jupyter.planners.llm.describe import MOST_ROWS
from mlestar_jupyter.planners.llm.settings import ModelSettings
from mlestar_jupyter.runs.starting import model_settings, need_isolation

pytestmark = pytest.mark.fast

STANDS, FALLEN = Wall(True, "", "x"), Wall(False, "macOS has no means against it", "It could open connections")


def read(**options):
    return model_settings(start_options({"dataset": "a.csv", "target": "y", **options}))


def test_no_model_no_settings():
    assert read() is None


def test_what_was_said_is_read():
    url = "http://localhost:1/v1"
    found = read(llm="openai:gpt-5", llm_url=url, llm_price="0.25, 2", max_cost=1.5, share_rows=3)
    assert found == ModelSettings("openai:gpt-5", url, (0.25, 2.0), 1.5, 3)
    assert read(llm="openai:gpt-5", llm_price=(0.25, 2.0)).price == (0.25, 2.0)


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"llm": "gpt-5"}, "llm is 'gpt-5'. Give PROVIDER:MODEL"),
        ({"llm": "openai:"}, "llm is 'openai:'. Give PROVIDER:MODEL"),
        ({"llm_url": "localhost"}, "llm_url is 'localhost'. Give an address, as in http://localhost:8000"),
        ({"llm_url": "http://[::"}, "llm_url is 'http://[::'. Give an address"),
        ({"llm_price": "1"}, "llm_price is '1'. Give US dollars"),
        ({"llm_price": "a,b"}, "llm_price is 'a,b'. Give US dollars"),
        ({"llm_price": "-1,2"}, "llm_price is '-1,2'. Give US dollars"),
        ({"max_cost": -1.0}, "max_cost is -1.0. Give US dollars"),
        ({"max_cost": float("nan")}, "max_cost is nan. Give US dollars"),
        ({"max_cost": float("inf")}, "max_cost is inf. Give US dollars"),
        ({"share_rows": -2}, "share_rows is -2. Give a whole number, 0 to 20."),
        ({"share_rows": 21}, "share_rows is 21. Give a whole number, 0 to 20."),
        ({"llm": None, "llm_url": "http://localhost"}, "llm_url needs llm. Give llm too: PROVIDER:MODEL."),
        ({"llm": None, "llm_price": "1,2"}, "llm_price needs llm."),
        ({"llm": None, "max_cost": 1.0}, "max_cost needs llm."),
        ({"llm": None, "share_rows": 1}, "share_rows needs llm."),
    ],
)
def test_mistakes_are_one_line(given, line):
    with pytest.raises(SettingError) as caught:
        read(**{"llm": "openai:a"} | given)
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)


def test_most_rows_that_are_shared_are_those_that_a_description_takes():
    assert OPTIONS["share_rows"].converter.most == MOST_ROWS


def test_a_missing_wall_is_refused_by_name_unless_allowed():
    found = Walls(STANDS, FALLEN, STANDS)
    with pytest.raises(ExecutionError) as error:
        need_isolation(found.missing, unsandboxed=False)
    assert str(error.value) == (
        "Generated code cannot be sandboxed here. It could open connections (macOS has no means against it). "
        "To run it without a sandbox, start with --unsandboxed (unsandboxed=True)."
    )
    need_isolation(found.missing, unsandboxed=True)
    need_isolation(Walls(STANDS, STANDS, STANDS).missing, unsandboxed=False)
