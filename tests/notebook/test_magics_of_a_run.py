"""Commands of a run that has begun, or is begun again."""

import re

import pytest

from mlestar_jupyter import Workflow
from tests.notebook.test_magics import line_of
from tests.options.test_start import small_table


@pytest.fixture
def settled(shell, workflow):
    """A shell whose workflow is after its foundation."""
    shell._mlestar_session.begin(workflow)
    return shell


def test_insert_offers_the_block_as_the_next_input(settled, workflow):
    settled.run_cell("%mlestar insert model")
    assert settled.rl_next_input == workflow.solution.blocks["model"]


def test_candidates_with_the_same_blocks_have_no_difference(settled, workflow):
    identifier = workflow.solution.id
    assert str(settled.run_cell(f"%mlestar diff {identifier} {identifier}").result) == "The blocks are the same."


def test_insert_of_an_unknown_block_names_the_nearest(settled):
    assert line_of(settled, "%mlestar insert modl") == "SettingError: There is no block 'modl'. Did you mean 'model'?"
    for words in ("", " model features"):
        assert line_of(settled, f"%mlestar insert{words}") == (
            f"SettingError: insert needs the name of one block. "
            f"Write %mlestar insert BLOCK: {', '.join(settled._mlestar_session.workflow.solution.blocks)}."
        )


def test_each_table_in_memory_has_a_run_named_after_its_variable(shell, churn, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shell.user_ns |= {"east": churn[:300], "west": churn[300:]}
    for name in ("east", "west"):
        assert shell.run_cell(f"%mlestar start --dataset {name} --target Churn").success
        assert shell._mlestar_session.workflow.name == name
    assert sorted(p.parent.name for p in tmp_path.glob("mlestar_runs/*/journal.sqlite")) == ["east", "west"]


def test_start_again_on_the_same_folder_takes_the_run_over(started, tmp_path):
    first = started._mlestar_session.workflow
    assert started.run_cell(f"%mlestar start --dataset churn --target Churn --output {tmp_path}").success
    assert started._mlestar_session.workflow is not first
    assert started.run_cell("%%mlestar search\napproaches: 2").success


def test_insert_shows_the_block_where_no_cell_can_be_filled(open_notebook, workflow):
    notebook = open_notebook("headless")
    notebook.session.begin(workflow)
    (shown,) = notebook.run("%mlestar insert model").data("execute_result")
    assert shown["data"]["text/plain"] == workflow.solution.blocks["model"].rstrip()


def test_roles_reach_a_run_its_notebook_and_its_resumption(tmp_path, shell):
    small_table().to_csv(tmp_path / "small.csv", index=False)
    shell.run_line_magic(
        "mlestar",
        f"start --dataset {tmp_path / 'small.csv'} --target churn --output {tmp_path / 'run'} --max-agents 1 "
        "--role plan=ignore --role tenure=category",
    )
    workflow = shell._mlestar_session.workflow
    roles = {"tenure": "categorical", "plan": "ignored", "charge": "numeric"}
    assert {c.name: c.role for c in workflow.task.columns} == roles
    assert "--role plan=ignore --role tenure=category" in workflow.export(tmp_path / "run.ipynb", "ipynb").read_text()
    shell._mlestar_session.close()
    resumed = Workflow.resume(tmp_path / "run")
    assert {c.name: c.role for c in resumed.task.columns} == roles
    resumed.close()


def test_more_time_shows_what_came_of_it(tmp_path, shell, capsys):
    small_table().to_csv(tmp_path / "small.csv", index=False)
    begin = f"start --dataset {tmp_path / 'small.csv'} --target churn --output {tmp_path / 'run'} --max-agents 1"
    shell.run_line_magic("mlestar", begin)
    shell.run_cell("%%mlestar foundation\ncandidates: 2")
    assert shell.run_cell("%mlestar run --more 1s").success
    out = capsys.readouterr().out
    assert "More time: 1 s" in out
    assert re.search(r"further solutions? scored; none is better than linear, roc_auc", out)
    workflow = shell._mlestar_session.workflow
    assert [one.title for one in workflow.standing.more] == ["more time: 1 s"]
    assert list(workflow.results) == ["foundation", "refinement", "ensemble"]
