"""What is on record gives the same figures without a fit; what is not is announced before it is fitted."""

import hashlib
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from mlestar_jupyter import Workflow
from mlestar_jupyter.core import maker as maker_module
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.events import FoldDone, Note
from mlestar_jupyter.core.model import saved_solution
from mlestar_jupyter.errors import OrderError, OutputError, SettingError
from mlestar_jupyter.runs import chain
from tests.runs.conftest import PARAMS, TOTAL, opened, small_table
from tests.workers_for_tests import workers


def _files(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def _again(workflow, edits=(("hyperparameters", PARAMS), ("features", TOTAL))):
    workflow.search()
    workflow.foundation()
    for block, source in edits:
        workflow.adopt(block, source)
    workflow.ablation()
    workflow.ensemble()
    workflow.validation()


def _notes(workflow):
    return [e.text for e in workflow.order if isinstance(e, Note)]


def _new_fits(workflow):
    return [e for e in workflow.order if isinstance(e, FoldDone) and not e.cached]


def test_same_steps_in_the_same_order_fit_nothing_and_say_the_same(judged, folder):
    workflow = opened(folder)
    fits, openings = workflow.journal.count_fits(), workflow.standing.holdout_openings
    _again(workflow)
    assert workflow.journal.count_fits() == fits
    assert workflow.standing.holdout_openings == openings == 1
    assert _notes(workflow) == []
    assert all(result.replayed for result in workflow.results.values())
    assert workflow.results["validation"].summary == json.loads(
        json.dumps(workflow.phase_states()["validation"].summary)
    )
    workflow.close()


def test_another_order_is_announced_before_any_fit_and_its_look_at_the_holdout_counts(folder):
    workflow = opened(folder)
    workflow.search()
    workflow.foundation()
    assert _notes(workflow) == []
    workflow.adopt("features", TOTAL.replace("*", "-"))
    workflow.adopt("hyperparameters", PARAMS)
    first = next(i for i, e in enumerate(workflow.order) if isinstance(e, Note))
    fits = [i for i, e in enumerate(workflow.order) if isinstance(e, FoldDone) and not e.cached]
    fitted_before = [i for i in fits if i < first]
    assert not fitted_before
    assert _notes(workflow)[0].startswith(
        "The record has your hyperparameters next; this is your features. New: 1 evaluation with 5 fits."
    )
    workflow.validation()
    assert workflow.standing.holdout_openings == 2
    workflow.close()


def test_other_settings_than_on_record_are_announced(folder):
    workflow = opened(folder)
    workflow.search()
    workflow.foundation(candidates=2)
    (note,) = _notes(workflow)
    assert "The record has foundation next; this is foundation with other settings" in note
    assert "New: 2 candidates, at most 10 fits, less those on record" in note
    workflow.close()


def test_token_of_a_step_depends_on_all_that_came_before(folder):
    workflow = opened(folder)
    tokens = {link.token: link.before for link in workflow.journal.links()}
    steps = [(link.kind, link.name) for link in workflow.journal.links()]
    assert steps == [
        ("phase", "search"), ("phase", "foundation"), ("adopt", "hyperparameters"), ("adopt", "features"),
        ("phase", "ablation"), ("phase", "ensemble"), ("phase", "validation"),
    ]  # fmt: skip
    assert list(tokens.values())[1:] == list(tokens)[:-1]
    workflow.close()


def test_resuming_writes_nothing(folder):
    (folder / "solution.py").write_text("# mine\n")
    before = _files(folder)
    workflow = Workflow.resume(folder, small_table(), executor=workers())
    assert workflow.results["validation"].replayed
    workflow.close()
    assert _files(folder) == before


def test_running_again_leaves_the_files_that_are_there(folder):
    (folder / "report.html").write_text("mine")
    (folder / "solution.py").write_text("# mine\n")
    before = _files(folder)
    workflow = opened(folder)
    _again(workflow)
    workflow.close()
    assert _files(folder) == before


def test_running_again_mends_files_that_are_about_another_solution(folder):
    whole = _files(folder)
    workflow = opened(folder)
    _again(workflow)
    other = next(e for e in workflow.candidates() if isinstance(e, Scored) and e.candidate.id != workflow.solution.id)
    workflow.checkout(other.candidate.id)
    workflow.validation()
    workflow.close()
    changed = {name for name, content in _files(folder).items() if content != whole.get(name)}
    assert {"solution.py", "report.json", "holdout_predictions.csv"} <= changed
    workflow = opened(folder)
    _again(workflow)
    about = workflow.solution.id
    workflow.close()
    assert f"The solution {about} of" in (folder / "solution.py").read_text()
    assert json.loads((folder / "report.json").read_text())["about"] == about
    assert f",{about}" in (folder / "holdout_predictions.csv").read_text()


def test_service_of_another_solution_is_out_of_date_until_deployment_runs_again(folder):
    workflow = opened(folder)
    _again(workflow)
    about = workflow.solution.id
    workflow.deployment()
    other = next(e for e in workflow.candidates() if isinstance(e, Scored) and e.candidate.id != about)
    workflow.checkout(other.candidate.id)
    workflow.deployment()
    assert saved_solution(folder / "service" / "model") == other.candidate.id
    workflow.close()
    workflow = opened(folder)
    _again(workflow)
    workflow.deployment()
    assert saved_solution(folder / "service" / "model") == other.candidate.id  # the record builds it again later
    assert workflow.phase_states()["deployment"].state == "out of date"
    workflow.deployment()
    assert saved_solution(folder / "service" / "model") == about == saved_solution(folder / "model")
    assert workflow.phase_states()["deployment"].state in ("done", "failed")
    workflow.close()


def test_report_of_a_run_that_ends_with_a_decision_is_about_that(folder):
    workflow = opened(folder)
    _again(workflow)
    workflow.adopt("features", TOTAL.replace("*", "-"))
    about = workflow.solution.id
    workflow.close()
    for _ in range(2):
        report = json.loads((folder / "report.json").read_text())
        assert (report["about"], report["verdict"]) == (about, "not measured")
        workflow = opened(folder)
        _again(workflow)
        workflow.adopt("features", TOTAL.replace("*", "-"))
        workflow.close()


def test_resuming_a_run_with_a_proposal_in_between_fits_nothing(folder):
    workflow = opened(folder)
    workflow.search(), workflow.foundation()
    workflow.propose("features")
    workflow.adopt("hyperparameters", PARAMS)
    workflow.adopt("features", TOTAL)
    fits, links = workflow.journal.count_fits(), workflow.journal.links()
    workflow.close()
    again = Workflow.resume(folder, small_table(), executor=workers())
    assert (again.journal.count_fits(), again.journal.links()) == (fits, links)
    assert len(again.standing.proposals) == 1
    again.close()


def test_a_run_that_goes_back_to_a_step_that_was_left_is_resumed(folder):
    workflow = opened(folder)
    workflow.search(), workflow.foundation()
    left = workflow.adopt("features", TOTAL.replace("*", "-")).candidate.id
    workflow.foundation(candidates=2)
    workflow.checkout(left)
    fits = workflow.journal.count_fits()
    workflow.close()
    again = Workflow.resume(folder, small_table(), executor=workers())
    assert again.solution.id == left
    assert again.journal.count_fits() == fits
    again.close()


def test_an_error_while_recording_leaves_the_solution_as_it_was(folder):
    workflow = opened(folder)
    workflow.search(), workflow.foundation()
    before = workflow.solution
    add_link, workflow.journal.add_link = workflow.journal.add_link, _full
    with pytest.raises(OutputError, match="full"):
        workflow.adopt("features", TOTAL.replace("*", "+"))
    assert workflow.solution == before
    workflow.journal.add_link = add_link
    workflow.adopt("features", TOTAL.replace("*", "+"))
    assert workflow.solution != before
    assert workflow.journal.links()[-1].about == workflow.solution.id
    workflow.close()


def _full(link):
    raise OutputError(f"The disk is full: {link.name}.", mend="Free some space.")


def test_after_a_restart_all_stands_as_recorded(folder):
    workflow = opened(folder)
    states = {name: state.state for name, state in workflow.phase_states().items()}
    assert states == {
        "search": "recorded", "foundation": "recorded", "ablation": "recorded", "refinement": "to do",
        "ensemble": "recorded", "validation": "recorded", "deployment": "to do",
    }  # fmt: skip
    status, tree = workflow.status().view().text(), workflow.tree().view().text()
    assert "On record: search, foundation, ablation, ensemble, validation" in status
    assert "replays them without a fit" in status
    recorded = workflow.standing.recorded_candidates()
    assert recorded
    assert all(e.candidate.id in tree for e in recorded)
    one = next(e for e in recorded if e.score is not None)
    assert f"{one.fold_scores[0]:.4g}"[:5] in workflow.show(one.candidate.id).view().text()
    with pytest.raises(
        OrderError,
        match="needs foundation: foundation is on record and was not replayed in this session. "
        "Run its cell, %%mlestar foundation: it replays without a fit.",
    ):
        workflow.ablation()
    with pytest.raises(OrderError, match="There is no solution yet: foundation is on record"):
        workflow.checkout(one.candidate.id)
    workflow.plan()
    workflow.close()


def test_a_record_made_with_other_start_options_is_not_passed_over_in_silence(folder):
    workflow = opened(folder, sample=100)
    assert {state.state for state in workflow.phase_states().values()} == {"to do"}
    assert "a record that was made with other start options" in workflow.status().view().text()
    workflow.close()


def test_a_verdict_on_another_solution_is_out_of_date(folder):
    workflow = opened(folder)
    _again(workflow)
    workflow.report()
    about = workflow.solution.id
    other = next(e for e in workflow.candidates() if isinstance(e, Scored) and e.candidate.id != about)
    workflow.checkout(other.candidate.id)
    states = workflow.phase_states()
    assert states["validation"].state == "out of date"
    assert states["validation"].about == about
    assert states["foundation"].state == "done"
    report = json.loads((folder / "report.json").read_text())
    assert report["schema"] == 2
    assert report["about"] == other.candidate.id == workflow.solution.id
    assert (report["verdict"], report["gates"], report["findings"]) == ("not measured", [], [])
    assert (report["phases"]["validation"]["about"], report["phases"]["validation"]["current"]) == (about, False)
    assert report["phases"]["foundation"]["current"]
    page = (folder / "report.html").read_text()
    assert "Out of date, run again" in page
    assert f"The solution {other.candidate.id} was not validated" in page
    workflow.validation()
    assert workflow.phase_states()["validation"].about == other.candidate.id
    assert workflow.phase_states()["validation"].state in ("done", "failed")
    assert workflow.standing.holdout_openings == 2
    workflow.close()


def test_going_back_to_the_solution_makes_its_verdict_current_again(folder):
    workflow = opened(folder)
    _again(workflow)
    about = workflow.solution.id
    other = next(e for e in workflow.candidates() if isinstance(e, Scored) and e.candidate.id != about)
    workflow.checkout(other.candidate.id)
    workflow.checkout(about)
    assert workflow.standing.is_current("validation")
    workflow.close()


def test_a_phase_that_runs_again_begins_where_it_began(folder):
    workflow = opened(folder)
    _again(workflow)
    workflow.ensemble(strategies=("mean", "greedy"))
    workflow.ensemble(strategies=("greedy",))
    links = workflow._run.chain.recorded()
    assert [link.name for link in links][-2:] == ["ablation", "ensemble"]
    assert links[-1].before == links[-2].token
    assert workflow.phase_states()["validation"].state == "out of date"
    workflow.close()
    again = opened(folder)
    fits = again.journal.count_fits()
    again.search(), again.foundation(), again.adopt("hyperparameters", PARAMS), again.adopt("features", TOTAL)
    again.ablation(), again.ensemble(strategies=("greedy",))
    assert (again.journal.count_fits(), _notes(again)) == (fits, [])
    again.close()


def test_asking_for_the_same_phase_twice_changes_nothing(folder):
    workflow = opened(folder)
    _again(workflow)
    solution, links = workflow.solution, workflow.journal.links()
    workflow.foundation()
    assert (workflow.solution, workflow.journal.links()) == (solution, links)
    workflow.close()


def test_a_decision_that_fails_leaves_all_as_it_was(folder):
    workflow = opened(folder)
    _again(workflow)
    links, solution = workflow.journal.links(), workflow.solution
    found = workflow.adopt("features", TOTAL.replace('X["charge"]', 'X["nope"]'))
    assert not isinstance(found, Scored)
    assert (workflow.solution, workflow.journal.links()) == (solution, links)
    assert workflow.standing.is_current("validation")
    workflow.close()


def test_a_phase_that_fails_leaves_all_as_it_was(folder):
    workflow = opened(folder)
    _again(workflow)
    links, solution = workflow.journal.links(), workflow.solution
    with pytest.raises(SettingError):
        workflow.ensemble(strategies=("nope",))
    with pytest.raises(SettingError):
        workflow.ablation(blocks=("nope",))
    assert (workflow.solution, workflow.journal.links()) == (solution, links)
    assert {name for name, state in workflow.phase_states().items() if state.state == "out of date"} == set()
    workflow.close()


def test_files_of_a_run_name_their_solution(folder):
    workflow = opened(folder)
    _again(workflow)
    identifier = workflow.solution.id
    assert identifier in (folder / "solution.py").read_text()
    assert set(np.loadtxt(folder / "holdout_predictions.csv", dtype=str, delimiter=",", skiprows=1)[:, -1]) == {
        identifier
    }
    workflow.close()


# --- another version --------------------------------------------------------------------------------------------


def _as_other_version(monkeypatch, **changed):
    other = maker_module.Maker(
        **{"version": "0.9.9", "code": "c0de", "libraries": maker_module.maker().libraries} | changed
    )
    monkeypatch.setattr(chain, "maker", lambda: other)


def test_code_that_decides_is_known_by_its_content(tmp_path):
    package = tmp_path / "mlestar_jupyter"
    for name, text in {
        "phases/a.py": "x = 1",
        "version.py": "1",
        "notebook/b.py": "y",
        "knowledge/c.toml": "z",
    }.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text)
    before = maker_module.code_digest(package)
    for name in ("version.py", "notebook/b.py"):
        (package / name).write_text("other")
    assert maker_module.code_digest(package) == before
    (package / "phases/a.py").write_text("x = 2")
    assert maker_module.code_digest(package) != before


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"code": maker_module.maker().code, "libraries": "1ib5"},
        {"version": maker_module.maker().version},
    ],
)
def test_figures_of_other_code_are_read_and_nothing_is_fitted_by_itself(folder, monkeypatch, changed):
    _as_other_version(monkeypatch, **changed)
    before = _files(folder)
    workflow = opened(folder)
    made_by = "another state of the code" if "version" in changed else f"version {maker_module.maker().version}"
    assert workflow.standing.made_by == made_by
    assert f"made by {made_by}" in workflow.status().view().text()
    assert workflow.phase_states()["validation"].state == "recorded"
    with pytest.raises(OutputError) as error:
        workflow.search()
    assert str(error.value) == (
        f"The run in {folder} was made by {made_by}, or with other libraries, and may give other figures. Its"
        " figures stay readable (%mlestar status, tree, show); to fit anew, add --refit to the start line, "
        "or choose another --output folder."
    )
    assert workflow.phase_states()["validation"].summary.startswith(f"Made by {made_by}. ")
    with pytest.raises(OutputError, match="--refit"):
        workflow.foundation()
    with pytest.raises(OutputError) as error:
        workflow.model  # noqa: B018 - a property that fits
    assert "add --refit to the start line" in str(error.value)
    workflow.close()
    assert _files(folder) == before


def test_run_of_version_0_1_shows_its_figures_as_made_by_that_version(tmp_path):
    stored = Path(__file__).parents[1] / "core" / "journals"
    shutil.copy(stored / "version-0.1.0.sqlite", tmp_path / "journal.sqlite")
    workflow = Workflow(stored / "churn.csv", "churn", output=tmp_path, max_agents=2)
    assert workflow.standing.made_by == "version 0.1.0"
    status, tree = workflow.status().view().text(), workflow.tree().view().text()
    assert "made by version 0.1.0: search, foundation, ablation, refinement, ensemble, validation, deployment" in status
    assert "23 more candidates on record, made by version 0.1.0" in tree
    constant = next(e for e in workflow.standing.recorded_candidates() if e.candidate.label == "constant")
    assert "roc_auc 0.5" in workflow.show(constant.candidate.id).view().text()
    with pytest.raises(OutputError, match="was made by version 0.1.0.*--refit"):
        workflow.foundation()
    workflow.close()


def test_refitting_keeps_the_old_record(folder, monkeypatch):
    links = opened_links(folder)
    _as_other_version(monkeypatch)
    workflow = opened(folder, refit=True)
    workflow.search()
    assert not workflow.results["search"].replayed
    assert workflow.journal.links()[: len(links)] == links
    workflow.close()
    assert opened(folder).standing.made_by is None


def opened_links(folder):
    workflow = opened(folder)
    links = workflow.journal.links()
    workflow.close()
    return links


@pytest.mark.slow
def test_killed_at_any_moment_a_run_ends_with_the_same_figures(tmp_path):
    program = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from tests.runs.conftest import PARAMS, TOTAL, opened
from tests.runs.test_replay import _again
if __name__ == "__main__":
    workflow = opened(sys.argv[1])
    print("open", flush=True)
    _again(workflow)
    print(workflow.solution.id, workflow.score.score, workflow.results["validation"].summary, workflow.standing.holdout_openings)
    workflow.close()
"""
    script = tmp_path / "run.py"
    script.write_text(program)

    def run(folder, seconds=None):
        process = subprocess.Popen([sys.executable, str(script), str(folder)], stdout=subprocess.PIPE, text=True)
        process.stdout.readline()
        began = time.monotonic()
        if seconds is None:
            return process.communicate()[0], time.monotonic() - began
        time.sleep(seconds)
        process.kill()
        process.communicate()
        return None

    usual, took = run(tmp_path / "whole")
    generator = np.random.default_rng(0)
    for seconds in generator.uniform(0, took, KILLS):
        run(tmp_path / "killed", seconds)
    assert _without_times(run(tmp_path / "killed")[0]) == _without_times(usual)


KILLS = 2


def _without_times(text):
    return text.partition(" Cost")[0]
