"""What the notebook says of a chat model: mistakes in one line, what was sent, calls, plan and ask."""

import re

import pytest

from mlestar_jupyter.errors import MLEStarError
from mlestar_jupyter.notebook.completion import complete
from tests.endtoend.scripted_model import ScriptedModel
from tests.planners.llm.server import ScriptedServer


def line_of(shell, source):
    """The one line that a user's mistake shows."""
    error = shell.run_cell(source).error_in_exec
    assert isinstance(error, MLEStarError), error
    (line,) = error._render_traceback_()
    return line


@pytest.fixture
def server():
    with ScriptedServer(ScriptedModel()) as server:
        yield server


@pytest.fixture
def start(shell, churn, tmp_path, monkeypatch):
    """The line that starts a workflow on the rows of the fixture."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    shell.user_ns["churn"] = churn.head(400)
    return f"%mlestar start --dataset churn --target Churn --output {tmp_path}"


@pytest.mark.parametrize(
    ("flags", "line"),
    [
        ("--llm opnai:gpt-5", "SettingError: There is no provider 'opnai' of chat models. Did you mean openai:gpt-5?"),
        ("--llm openai:gpt-5", "SettingError: There is no key for openai. Set the environment variable OPENAI_API_KEY"),
        (
            "--llm mist:large",
            "SettingError: There is no provider 'mist' of chat models. Known: openai, anthropic, "
            "google_genai, ollama; openai with --llm-url for a server of your own.",
        ),
        (
            "--llm openai:a --llm-url http://127.0.0.1:9/v1 --max-cost 1",
            "SettingError: The price of openai:a is not "
            "known, so that a limit of 1 USD cannot be kept. Give it by --llm-price, as in 0.25,2",
        ),
        ("--llm gpt-5", "SettingError: --llm is 'gpt-5'. Give PROVIDER:MODEL"),
        ("--llm openai:a --llm-price 1", "SettingError: --llm-price is '1'. Give US dollars"),
        (
            "--llm openai:a --max-cost much",
            "SettingError: --max-cost is 'much'. Give US dollars, 0 or more, as in 1.50.",
        ),
        ("--llm openai:a --share-rows x", "SettingError: --share-rows is 'x'. Give a whole number, 0 to 20."),
        ("--max-cost 1", "SettingError: --max-cost needs --llm. Give --llm too: PROVIDER:MODEL."),
    ],
)
def test_mistakes_are_one_line(shell, start, flags, line):
    assert line_of(shell, f"{start} {flags}").startswith(line)


def test_ask_without_a_model_points_to_propose(shell, start):
    shell.run_cell(start)
    assert line_of(shell, "%%mlestar ask features\nadd ratios") == (
        "SettingError: There is no chat model to ask. Run %mlestar propose features, or start with --llm PROVIDER:MODEL."
    )
    assert "No chat model takes part." in shell.run_cell("%mlestar calls").result.view().text()
    assert "chat model" not in shell.run_cell("%mlestar plan").result.view().text().lower()


def test_a_session_with_a_model(shell, start, server, capsys):
    shell.run_cell(f"{start} --llm openai:scripted --llm-url {server.url} --llm-price 0.25,2 --max-cost 3")
    plan = shell.run_cell("%mlestar plan").result.view().text()
    assert re.search(
        r"openai:scripted: about \d+ calls, [\d,]+ \+ [\d,]+ tokens, \d\.\d+ USD, .* stops at 3\.00 USD", plan
    )
    assert not server.requests
    assert "Chat model: openai:scripted, no calls yet." in shell.run_cell("%mlestar status").result.view().summary

    assert shell.run_cell("%mlestar search").success
    shown = capsys.readouterr().out
    assert re.search(r"What was sent first, to openai:scripted as retriever: [\d,]+ characters\.", shown)
    assert "==  ==" not in shown
    assert re.search(r"openai:scripted as retriever: [\d,]+ \+ \d+ tokens, 0\.\d{4} USD", shown)
    assert shell.run_cell("%%mlestar foundation\ncandidates: 2\nmerges: 0").success
    assert "What was sent first" not in capsys.readouterr().out

    assert line_of(shell, "%%mlestar ask features\n \n").startswith("SettingError: ask has no instruction.")
    assert line_of(shell, "%%mlestar ask featurs\nx").endswith("Did you mean 'features'?")
    result = shell.run_cell("%%mlestar ask features\ncount what is there").result
    assert "Not adopted: accept or reject it." in result.view().summary
    identifier = result.attempt.evaluation.candidate.id
    assert shell.run_cell(f"%mlestar accept {identifier}").success
    assert shell._mlestar_session.workflow.standing.block_authors["features"] == "model"
    assert len(shell.run_cell("%mlestar calls").result.table) == len(server.requests)
    assert "Chat model: openai:scripted" in shell.run_cell("%mlestar status").result.view().summary


def test_tab_completes_flags_and_blocks(shell):
    session = shell._mlestar_session
    assert "--llm-price" in complete(session, "%mlestar start --llm", "--llm")
    assert complete(session, "%%mlestar ask fea", "fea") == ["features"]


def test_a_model_that_cannot_be_reached_is_said_in_each_command(shell, start, capsys):
    shell.run_cell(f"{start} --llm openai:scripted --llm-url http://127.0.0.1:9/v1")
    shell.run_cell("%mlestar search")
    shell.run_cell("%%mlestar foundation\ncandidates: 2")
    printed = capsys.readouterr().out
    assert "The data usage of openai:scripted gave no answer" in printed
    for _ in range(2):
        shell.run_cell("%%mlestar ask features\ncount what is there")
        assert capsys.readouterr().out.count("openai:scripted is switched off until the run is started again.") == 1
    line = line_of(shell, "%%mlestar ask features\ncount what is there")
    assert line == (
        "ExecutionError: The chat model gave no features block that can be used and is another than the present one. "
        "The solution stays. Ask in other words, or edit the block's cell."
    )
    assert "has given no reply yet" in shell.run_cell("%mlestar calls").result.view().text()
