import re

import pytest

from mlestar_jupyter import Workflow
from mlestar_jupyter.core.blocks import read_marker
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.errors import MLEStarError, OrderError, SettingError
from mlestar_jupyter.planners.base import Proposal
from mlestar_jupyter.planners.recipes import RecipePlanner
from tests.workers_for_tests import workers


@pytest.fixture
def magic(shell, workflow):
    """The magic in a terminal, with a workflow after its foundation."""
    shell._mlestar_session.begin(workflow)
    return lambda line: shell.run_line_magic("mlestar", line)


@pytest.fixture
def proposed(magic):
    """The attempt that ``propose`` made."""
    return magic("propose hyperparameters").attempt.evaluation.candidate


def recorded(folder_or_workflow):
    """Decisions on record, phases left out."""
    links = folder_or_workflow.journal.links()
    return [(link.kind, link.name) for link in links if link.kind != "phase"]


def left(shell):
    return [(b.phase, [c.key for c in b.cells]) for b in shell._mlestar_session.leaving]


# --- what they do -------------------------------------------------------------------------------------------------


def test_proposal_is_shown_and_not_used(magic, workflow):
    before = workflow.solution
    result = magic("propose hyperparameters")
    assert workflow.solution == before
    assert "Not adopted: accept or reject it." in result.view().summary


def test_accepted_attempt_is_used_and_its_block_left(magic, proposed, shell, workflow):
    answer = magic(f"accept {proposed.id}")
    assert workflow.solution == proposed.solution
    assert left(shell) == [(f"accept {proposed.id}", ["block hyperparameters"])]
    assert re.search(
        rf"roc_auc .* → .*: (better|worse|no clear difference) \(gain .+\)\. In use from now on \({proposed.id}\)\.",
        answer.view().summary,
    )


def test_rejection_of_what_is_in_use_brings_the_block_before_back(magic, proposed, shell, workflow):
    before = workflow.solution
    magic(f"accept {proposed.id}")
    magic(f"reject {proposed.id}")
    assert workflow.solution == before
    assert left(shell)[-1] == (f"reject {proposed.id}", ["block hyperparameters"])


def test_checkout_says_what_it_changes_and_leaves_the_blocks_that_differ(magic, shell, workflow):
    before = workflow.solution
    other = next(e.candidate for e in workflow.candidates() if e.candidate.solution.id != before.id)
    differ = [b for b, source in other.solution.blocks.items() if before.blocks[b] != source]
    answer = magic(f"checkout {other.id}")
    assert left(shell)[-1] == (f"checkout {other.id}", [f"block {b}" for b in differ])
    assert answer.view().title == f"Back to: {other.label}"
    assert re.search(
        rf"roc_auc .* → .*: (better|worse|no clear difference) \(gain .+\)\. In use from now on \({other.id}\)\.",
        answer.view().summary,
    )
    magic(f"checkout {other.id}")
    assert len(left(shell)) == 1


def test_id_that_is_none_points_to_the_tree(magic):
    with pytest.raises(
        SettingError, match=r"^There is no candidate 'nosuch'\. %mlestar tree lists those that there are\.$"
    ):
        magic("accept nosuch")


def test_rejection_of_what_was_never_used_changes_nothing(magic, proposed, shell, workflow):
    before = workflow.solution
    answer = magic(f"reject {proposed.id}")
    assert workflow.solution == before
    assert left(shell) == []
    assert answer.view().summary == "The solution stays as it is; the planner will not propose it again."


def test_ids_may_be_shortened(magic, proposed, workflow):
    magic(f"accept {proposed.id[:6]}")
    assert workflow.solution.id == proposed.id


def test_edit_prints_the_block_where_there_are_no_cells(magic, proposed):
    source = repr(magic(f"edit {proposed.id}"))
    assert read_marker(source) == "hyperparameters"
    assert source == proposed.solution.blocks["hyperparameters"].rstrip()


def test_edit_puts_the_block_into_a_cell_and_changes_nothing(open_notebook, workflow):
    notebook = open_notebook("vscode")
    notebook.session.begin(workflow)
    attempt = workflow.propose("hyperparameters").attempt.evaluation.candidate
    before = workflow.solution
    assert notebook.run(f"%mlestar edit {attempt.id}").inputs == [attempt.solution.blocks["hyperparameters"].rstrip()]
    assert workflow.solution == before


def test_plain_output_is_text(magic, proposed, shell):
    shell._mlestar_session.plain = True
    assert repr(magic(f"reject {proposed.id}")).startswith("== Rejected: hyperparameters: trial 1 ==")


@pytest.mark.parametrize("command", ["propose hyperparameters", "propose hyperparameters\nnotes: other"])
def test_proposal_that_there_is_none_of_fails_its_cell(shell, workflow, monkeypatch, command):
    monkeypatch.setattr(RecipePlanner, "refine", lambda *_: None)
    shell._mlestar_session.begin(workflow)
    result = shell.run_cell(("%" if "\n" in command else "") + f"%mlestar {command}")
    (line,) = result.error_in_exec._render_traceback_()
    assert line == (
        "ExecutionError: The planner has no further variant of hyperparameters to propose. The solution stays. Edit "
        "its cell, or try another block."
    )


def test_proposal_that_cannot_be_scored_is_shown_and_fails_its_cell(open_notebook, workflow, monkeypatch):
    broken = Proposal("cleaning", "def clean(X):\n    raise ValueError('broken')", "drop all", "a bad idea")
    monkeypatch.setattr(RecipePlanner, "refine", lambda *_: broken)
    notebook = open_notebook("headless")
    notebook.session.begin(workflow)
    answer = notebook.run("%mlestar propose cleaning")
    assert (answer.reply["status"], answer.reply["ename"]) == ("error", "ExecutionError")
    assert answer.reply["evalue"].startswith("drop all could not be scored: ValueError: broken (in fold 1 of 5).")
    assert "drop all" in answer.shown[0]["text/html"]


# --- on record, and resumed ---------------------------------------------------------------------------------------


def test_decisions_are_on_record_in_order(magic, proposed, workflow):
    magic(f"accept {proposed.id}")
    magic(f"reject {proposed.id}")
    assert recorded(workflow) == [
        ("propose", "hyperparameters"),
        ("accept", proposed.id),
        ("reject", proposed.id),
    ]


@pytest.mark.parametrize("decision", ["accept", "reject"])
def test_resumed_run_stands_where_the_human_left_it(magic, proposed, workflow, churn, decision):
    magic(f"{decision} {proposed.id}")
    again = Workflow.resume(workflow.output, churn, executor=workers())
    assert again.solution == workflow.solution
    assert again.score.fold_scores == workflow.score.fold_scores
    again.close()


def test_resuming_adds_nothing_to_the_record(magic, proposed, workflow, churn):
    magic(f"accept {proposed.id}")
    before, fits = recorded(workflow), workflow.journal.count_fits()
    for _ in range(2):
        Workflow.resume(workflow.output, churn, executor=workers()).close()
    assert recorded(workflow) == before
    assert workflow.journal.count_fits() == fits


def test_decision_after_resuming_is_on_record(magic, proposed, workflow, churn):
    again = Workflow.resume(workflow.output, churn, executor=workers())
    again.reject(proposed.id)
    again.close()
    assert recorded(workflow)[-1] == ("reject", proposed.id)


def test_proposal_of_a_notebook_that_ran_twice_is_resumed_once(magic, proposed, workflow, churn):
    second = Workflow(churn, "Churn", name="churn", output=workflow.output)
    second.foundation(candidates=2)
    assert second.propose("hyperparameters").attempt.evaluation.candidate.id == proposed.id
    second.close()
    fits = workflow.journal.count_fits()
    again = Workflow.resume(workflow.output, churn, executor=workers())
    assert [e.candidate.label for e in again.candidates()].count("hyperparameters: trial 1") == 1
    assert again.journal.count_fits() == fits
    again.close()


# --- mistakes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["accept", "reject", "edit"])
def test_missing_id_is_said(magic, command):
    with pytest.raises(SettingError, match=f"{command} needs 1 id. Write %mlestar {command} ID; ids are in"):
        magic(command)


@pytest.mark.parametrize("command", ["accept", "reject", "edit"])
def test_unknown_id_is_said(magic, command):
    with pytest.raises(SettingError, match="There is no candidate 'zzz'"):
        magic(f"{command} zzz")


@pytest.mark.parametrize("command", ["accept", "reject", "edit"])
def test_whole_solution_is_no_attempt(magic, workflow, command):
    whole = workflow.solution.id
    with pytest.raises(SettingError) as error:
        magic(f"{command} {whole}")
    assert f"({workflow.score.candidate.label}) is a whole solution, not a change of one block. " in str(error.value)
    assert str(error.value).endswith(f"Write %mlestar show {whole}, or %mlestar checkout {whole}.")
    assert recorded(workflow) == []


def test_edit_by_hand_is_no_attempt_that_can_be_rejected(magic, workflow):
    mine = workflow.adopt("hyperparameters", "PARAMS = {'C': 0.5}")
    with pytest.raises(SettingError, match="is no attempt that waits for a decision. Reject the attempt"):
        magic(f"reject {mine.candidate.id}")


def test_proposal_needs_a_block(magic):
    with pytest.raises(SettingError, match="propose needs a block. Write %mlestar propose BLOCK."):
        magic("propose")


def test_proposal_for_an_unknown_block_names_the_nearest(magic):
    with pytest.raises(SettingError, match="There is no block to refine 'modl'. Did you mean 'model'?"):
        magic("propose modl")


@pytest.mark.parametrize("line", ["propose model", "accept x", "reject x", "edit x"])
def test_decisions_need_a_workflow(shell, line):
    with pytest.raises(OrderError, match="No workflow has been started"):
        shell.run_line_magic("mlestar", line)


def test_proposal_needs_a_solution(shell, churn, tmp_path):
    shell._mlestar_session.begin(Workflow(churn, "Churn", output=tmp_path))
    with pytest.raises(MLEStarError, match="There is no solution yet. Run %%mlestar foundation first."):
        shell.run_line_magic("mlestar", "propose model")


def test_attempt_that_fails_on_top_of_what_was_kept_since_says_how_to_go_to_it(magic, proposed, workflow):
    namespace = {}
    exec(workflow.solution.blocks["hyperparameters"], namespace)
    picky = (
        "from sklearn.linear_model import LogisticRegression\n\n\ndef make_model(**params):\n"
        f"    assert params == {namespace['PARAMS']!r}, 'other parameters'\n    return LogisticRegression(max_iter=1000)"
    )
    assert isinstance(workflow.adopt("model", picky), Scored)
    with pytest.raises(SettingError) as error:
        magic(f"accept {proposed.id}")
    assert re.fullmatch(
        rf"On top of what was kept since, {proposed.id} cannot be scored: .+other parameters.+\. "
        rf"Go to it instead: %mlestar checkout {proposed.id}\.",
        str(error.value),
    )


def test_edit_of_a_whole_solution_names_what_shows_and_what_uses_it(magic, workflow):
    whole = workflow.solution.id
    with pytest.raises(SettingError) as error:
        magic(f"edit {whole}")
    assert str(error.value) == (
        f"{whole} ({workflow.score.candidate.label}) is a whole solution, not a change of one block. "
        f"Write %mlestar show {whole}, or %mlestar checkout {whole}."
    )
