import re
from dataclasses import replace

import pytest

from mlestar_jupyter.core.evaluation import Failed
from mlestar_jupyter.core.events import Evaluated, Finished, Note, Started
from mlestar_jupyter.notebook.progress import watch


@pytest.fixture
def session(shell, workflow):
    """A terminal's session: progress is lines."""
    shell._mlestar_session.begin(workflow)
    return shell._mlestar_session


@pytest.fixture
def lines(session, capsys):
    """The lines that some events make."""

    def lines_of(*events):
        capsys.readouterr()
        with watch(session):
            for event in events:
                session.workflow.evaluator.emit(event)
        return capsys.readouterr().out.splitlines()

    return lines_of


@pytest.fixture
def failure(workflow):
    return Evaluated(
        "refinement", Failed(workflow.score.candidate, "error", "ValueError: no", "Trace\nback"), cached=False
    )


# --- lines --------------------------------------------------------------------------------------------------------


def test_phase_says_its_name_and_its_time(lines):
    assert lines(Started("foundation", 0, None)) == ["foundation"]
    assert lines(Started("foundation", 0, 30.4)) == ["foundation, at most 30 s"]


def test_scored_candidate_is_a_line_with_the_best_so_far(lines, workflow):
    score = workflow.score
    worse = replace(score, fold_scores=tuple(s - 0.1 for s in score.fold_scores))
    first, second = lines(*(Evaluated("foundation", s, cached=False) for s in (score, worse)))
    label, best = re.escape(score.candidate.label), rf"\(best {score.score:.5g}\)  \d+\.\d s"
    assert re.fullmatch(rf"✓  1 {label}: {score.score:.5g}  {best}", first)
    assert re.fullmatch(rf"✓  2 {label}: {worse.score:.5g}  {best}", second)


def test_best_is_that_of_this_run_of_the_phase(lines, workflow):
    score = workflow.score
    worse = replace(score, fold_scores=tuple(s - 0.1 for s in score.fold_scores))
    before = Started("foundation", 0, None), Evaluated("foundation", score, cached=False)
    said = lines(*before, Started("foundation", 0, None), Evaluated("foundation", worse, cached=False))
    assert f"(best {worse.score:.5g})" in said[-1]


def test_best_is_never_worse_than_the_solution_that_a_phase_begins_with(lines, workflow):
    score = workflow.score
    worse = replace(score, fold_scores=tuple(s - 0.1 for s in score.fold_scores))
    said = lines(Started("refinement", 0, None), Evaluated("refinement", worse, cached=False))
    assert f"{worse.score:.5g}  (best {score.score:.5g})" in said[-1]


def test_score_on_other_folds_is_not_held_against_the_best(lines, workflow):
    score = workflow.score
    two_repeats = replace(score, fold_scores=score.fold_scores * 2)
    confirmed = replace(score, candidate=replace(score.candidate, phase="confirmation"))
    said = lines(*(Evaluated("refinement", s, cached=False) for s in (two_repeats, confirmed)))
    assert [line for line in said if "best" in line] == []


def test_score_of_a_decision_is_said_by_its_command_alone(lines, workflow):
    decided = replace(workflow.score, candidate=replace(workflow.score.candidate, phase="human"))
    assert lines(Evaluated("human", decided, cached=False)) == []


def test_failed_candidate_is_a_line_with_its_reason(lines, failure):
    assert lines(failure) == [f"✗  1 {failure.evaluation.candidate.label}: ValueError: no"]


def test_traceback_of_a_failure_is_shown_to_who_asked_for_it(lines, failure, session):
    session.verbose = True
    assert lines(failure)[1:] == ["Trace", "back"]


def test_candidates_from_the_journal_are_counted_and_not_listed(lines, workflow):
    cached = Evaluated("foundation", workflow.score, cached=True)
    said = lines(Started("foundation", 0, None), cached, cached, Finished("foundation", 0.1, complete=True))
    assert re.fullmatch(r"foundation: 2 evaluations in \d\.\d s, 2 from the journal", said[-1])
    assert len(said) == 2


def test_count_begins_anew_with_every_phase(lines, failure):
    said = lines(failure, Started("ablation", 0, None), failure)
    assert [line[:4] for line in said] == ["✗  1", "abla", "✗  1"]


def test_phase_that_was_stopped_says_how_to_go_on(lines):
    said = lines(Started("foundation", 0, None), Finished("foundation", 0.1, complete=False))
    assert said[-1].endswith("not finished: run the cell again to go on")


def test_notes_are_lines(lines):
    assert lines(Note("search", "One approach needs xgboost.")) == ["One approach needs xgboost."]


def test_nothing_is_heard_after_the_phase(session, workflow, capsys):
    with pytest.raises(ZeroDivisionError), watch(session):
        raise ZeroDivisionError
    workflow.evaluator.emit(Note("search", "too late"))
    assert "too late" not in capsys.readouterr().out


NOTED = """
from mlestar_jupyter.core.events import Note
from mlestar_jupyter.notebook.progress import watch

with watch(get_ipython()._mlestar_session, "your hyperparameters"):
    workflow.evaluator.emit(Note("", "3 evaluations will be made."))
    workflow.adopt("hyperparameters", "PARAMS = {'C': 0.5}")
"""


@pytest.mark.parametrize("kind", ["headless", "jupyterlab"])
def test_note_is_said_before_what_follows_it_and_stays(open_notebook, workflow, kind):
    notebook = open_notebook(kind)
    notebook.session.begin(workflow)
    answer = notebook.run(NOTED, workflow=workflow)
    assert answer.reply["status"] == "ok"
    assert answer.text() == "3 evaluations will be made.\n"
    said = [m["msg_type"] for m in answer.messages if m["msg_type"] in ("stream", "display_data", "comm_open")]
    assert said[0] == "stream"
    assert ("display_data" in said) == (kind == "jupyterlab")  # the fit's progress


# --- the widget ---------------------------------------------------------------------------------------------------


@pytest.fixture
def ran(open_notebook, churn, run_folder):
    """What JupyterLab with the extension hears of a phase, replayed."""
    notebook = open_notebook("jupyterlab")
    notebook.say(type="hello", protocol=1)
    notebook.run(f"%mlestar start --dataset churn --target Churn --name churn --output {run_folder}", churn=churn)
    answer = notebook.run("%%mlestar foundation\ncandidates: 2")
    assert answer.reply["status"] == "ok"
    return answer


def states(answer):
    """States of widgets, as they were sent."""
    return [c["data"].get("state", {}) for c in answer.data("comm_open") + answer.data("comm_msg")]


def test_notebooks_get_a_live_view_and_no_lines(ran):
    assert ran.text() == ""
    assert any("mlestar-live" in str(state.get("value", "")) for state in states(ran))


def test_stop_button_is_hidden_until_the_extension_shows_it(ran):
    known = states(ran)
    assert [s["description"] for s in known if s.get("_view_name") == "ButtonView"] == ["■ Stop"]
    assert ["mlestar-stop"] in [s.get("_dom_classes") for s in known]
    assert "none" in [s.get("display") for s in known]


def test_static_text_takes_the_place_of_the_widget(ran):
    (update,) = ran.data("update_display_data")
    assert "<summary>foundation: " in update["data"]["text/html"]
    assert "application/vnd.jupyter.widget-view+json" not in update["data"]
    shown = [c["transient"].get("display_id") for c in ran.data("display_data")]
    assert update["transient"]["display_id"] in shown


def test_extension_is_said_while_it_runs_and_at_the_end(ran):
    sent = [c["data"]["status"]["progress"] for c in ran.data("comm_msg") if c["data"].get("type") == "status"]
    assert sent[0]["phase"] == "foundation"
    assert sent[-1] is None


def test_edit_shows_its_progress_and_leaves_its_result_alone(open_notebook, workflow):
    notebook = open_notebook("jupyterlab")
    notebook.session.begin(workflow)
    answer = notebook.run("# mlestar: hyperparameters\nPARAMS = {'C': 0.5}")
    assert any("<b>your hyperparameters</b>" in str(state.get("value", "")) for state in states(answer))
    (update,) = answer.data("update_display_data")
    assert update["data"]["text/html"] == ""
    assert "Your hyperparameters" in answer.shown[-1]["text/plain"]


def test_decision_that_scores_nothing_shows_no_progress(open_notebook, workflow):
    notebook = open_notebook("jupyterlab")
    notebook.session.begin(workflow)
    answer = notebook.run(f"%mlestar checkout {workflow.solution.id}")
    assert answer.reply["status"] == "ok"
    assert answer.shown == []
