"""More time: a run that has ended goes on, is replayed without a fit, and is left as it was where that is stopped."""

import shutil

import pytest

from mlestar_jupyter import Workflow
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.events import Evaluated, FoldDone, Note, Started
from mlestar_jupyter.errors import OrderError, OutputError, SettingError
from mlestar_jupyter.phases.more.result import MoreResult
from tests.runs.conftest import TOTAL, opened, small_table
from tests.workers_for_tests import workers

GIVEN = "2s"


def _new_fits(workflow):
    return sum(isinstance(e, FoldDone) and not e.cached for e in workflow.order)


def _notes(workflow):
    return [e.text for e in workflow.order if isinstance(e, Note)]


def _steps(workflow):
    return [(link.kind, link.name) for link in workflow.standing.recorded()]


def _is_used(workflow):
    return workflow.solution.id, workflow.score.fold_scores


def _all(workflow):
    for step in ("search", "foundation"):
        getattr(workflow, step)()
    workflow.adopt("features", TOTAL)
    workflow.ensemble()


@pytest.fixture(scope="module")
def went_on(tmp_path_factory):
    """The folder of a run with an edited block that went on twice, and what was used after each time."""
    folder = tmp_path_factory.mktemp("more") / "run"
    workflow = opened(folder)
    _all(workflow)
    used = [(workflow.solution.id, workflow.score.fold_scores)]
    for _ in range(2):
        workflow.order.clear()
        workflow.run(more=GIVEN)
        used.append(_is_used(workflow))
    views = {name: getattr(workflow, name)().view().text() for name in ("status", "plan", "tree")}
    views["report"] = workflow.report().read_text("utf-8")
    views["notebook"] = workflow.export(format="ipynb").read_text("utf-8")
    workflow.close()
    return folder, used, views


@pytest.fixture
def folder(went_on, tmp_path):
    shutil.copytree(went_on[0], tmp_path / "run")
    return tmp_path / "run"


def test_times_add_up_and_a_replay_fits_nothing_and_says_the_same(went_on, folder):
    _, used, _ = went_on
    workflow = opened(folder)
    fits = workflow.journal.count_fits()
    _all(workflow)
    seen = [_is_used(workflow)]
    for _ in range(2):
        workflow.run(more=GIVEN)
        seen.append(_is_used(workflow))
    assert seen == used
    assert workflow.journal.count_fits() == fits
    assert _notes(workflow) == []
    assert [given.replayed for given in workflow.standing.more] == [True, True]
    assert [name for kind, name in _steps(workflow) if kind == "more"] == ["2 s", "2 s"]
    workflow.close()


def test_resuming_comes_to_the_same(went_on, folder):
    workflow = Workflow.resume(folder, small_table(), executor=workers())
    assert _is_used(workflow) == went_on[1][-1]
    assert [given.title for given in workflow.standing.more] == ["more time: 2 s", "more time: 2 s"]
    workflow.close()


def test_what_is_used_is_expected_to_be_no_worse_and_what_the_human_wrote_stays(went_on, folder):
    workflow = Workflow.resume(folder, small_table(), executor=workers())
    assert ("adopt", "features") in _steps(workflow)
    first = workflow.standing.more[0]
    assert isinstance(first, MoreResult)
    assert scored_of(first)
    assert all("charge" in e.candidate.solution.blocks["features"] for e in scored_of(first))
    assert workflow.score.score >= first.before.score
    workflow.close()


def scored_of(result):
    return [e for e in result.evaluations if isinstance(e, Scored)]


def test_views_say_it(went_on):
    views = went_on[2]
    assert "more time: 2 s" in views["status"]
    assert "No time limit, and more time: 2 s, more time: 2 s" in views["plan"]
    assert "phase more" in views["tree"]
    assert "More time: 2 s" in views["report"]
    assert views["notebook"].count("%mlestar run --more 2s") == 2


def test_a_verdict_is_made_again_only_where_the_solution_is_another(tmp_path):
    workflow = opened(tmp_path / "run", metric="accuracy")
    for step in ("foundation", "ensemble", "validation"):
        getattr(workflow, step)()
    before = workflow.solution.id
    workflow.run(more=GIVEN)
    assert _steps(workflow).count(("phase", "validation")) == 1 + (workflow.solution.id != before)
    assert workflow.standing.is_current("validation")
    assert workflow.results["validation"].about == workflow.solution.id
    assert "deployment" not in workflow.results
    workflow.close()


def test_another_time_than_on_record_is_announced(folder):
    workflow = opened(folder)
    _all(workflow)
    workflow.run(more="1s")
    assert _notes(workflow)[0].startswith(
        "The record has more 2 s next; this is more 1 s. New: as many evaluations as fit into 1 s."
    )
    workflow.close()


@pytest.mark.parametrize("where", ["more time", "ensemble"])
def test_stopped_it_leaves_all_as_it_was_and_the_same_again_goes_on(folder, where):
    workflow = opened(folder)
    _all(workflow)
    before, script = _is_used(workflow), (folder / "solution.py").read_text()

    def stop(event):
        stopped.append(event)
        begun = any(isinstance(e, Started) and e.phase == where for e in stopped)
        if begun and isinstance(event, (Evaluated, FoldDone)):
            raise KeyboardInterrupt

    stopped = []
    end = workflow.listen(stop)
    with pytest.raises(KeyboardInterrupt):
        workflow.run(more="3s")
    end()
    assert _is_used(workflow) == before
    assert not workflow.standing.more
    assert (folder / "solution.py").read_text() == script
    workflow.run(more="3s")
    assert [given.title for given in workflow.standing.more] == ["more time: 3 s"]
    workflow.close()


def test_it_is_refused_in_a_line_where_there_is_nothing_to_go_on_from(tmp_path):
    workflow = opened(tmp_path / "run")
    with pytest.raises(OrderError, match=r"^More time needs foundation, which has not run\. Run %%mlestar foundation"):
        workflow.run(more="10m")
    for wrong in ("soon", "0s", -1, True, []):
        with pytest.raises(SettingError, match=r"^more is .*\. Give a time above 0: 90s, 10m, 1h30m\.$"):
            workflow.run(more=wrong)
    with pytest.raises(SettingError, match="--more goes on with all that has run, not with ensemble alone. Leave ens"):
        workflow.run("ensemble", more="10m")
    workflow.close()
    with pytest.raises(OutputError):
        workflow.run(more="10m")


def test_where_foundation_waits_on_record_its_cell_comes_first(folder):
    workflow = opened(folder)
    with pytest.raises(OrderError, match="More time needs foundation: foundation is on record and was not replayed"):
        workflow.run(more="10m")
    workflow.close()
