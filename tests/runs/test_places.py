"""Where a run lies stays where it was: paths are fixed at the start, and what is gone is said in a line."""

import shutil

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.errors import MLEStarError, OutputError, SettingError
from mlestar_jupyter.workflow import Workflow


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a table, in which the kernel runs."""
    r = np.random.default_rng(0)
    table = pd.DataFrame({"a": r.normal(size=60), "b": r.normal(size=60)})
    table["y"] = (table.a > 0).astype(int)
    (tmp_path / "sub").mkdir()
    table.iloc[:40].to_csv(tmp_path / "sub" / "train.csv", index=False)
    table.iloc[40:].to_csv(tmp_path / "sub" / "test.csv", index=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "sub"))
    return tmp_path


def begun(**options):
    given = {"dataset": "sub/train.csv", "target": "y", "output": "runs/one", "test": "sub/test.csv", **options}
    return Workflow(given.pop("dataset"), given.pop("target"), max_agents=1, **given)


def test_another_folder_of_the_kernel_changes_nothing(folder, monkeypatch):
    workflow = begun()
    monkeypatch.chdir("/")
    workflow.search()
    workflow.report()
    workflow.close()
    assert workflow.output == folder / "runs" / "one"
    assert (folder / "runs" / "one" / "report.html").exists()


def test_a_run_is_resumed_from_anywhere(folder, monkeypatch):
    begun().close()
    monkeypatch.chdir("/")
    resumed = Workflow.resume(folder / "runs" / "one")
    resumed.close()
    assert (resumed.task.n_development, resumed.task.n_holdout) == (40, 20)


def test_a_run_that_moved_with_its_table_is_resumed_there(folder, monkeypatch, tmp_path_factory):
    begun().close()
    there = tmp_path_factory.mktemp("elsewhere") / "project"
    shutil.move(folder, there)
    monkeypatch.chdir(there)
    resumed = Workflow.resume("runs/one")
    resumed.close()
    assert resumed.output == there / "runs" / "one"


def test_tilde_is_the_user_s_folder(folder):
    workflow = begun(dataset="~/train.csv", output="~/runs", test="~/test.csv")
    workflow.close()
    assert workflow.output == folder / "sub" / "runs"
    assert not (folder / "~").exists()
    resumed = Workflow.resume("~/runs")
    resumed.close()
    assert resumed.output == workflow.output


def test_another_output_of_a_resumed_run_is_refused(folder):
    begun().close()
    with pytest.raises(SettingError) as caught:
        Workflow.resume("runs/one", output="runs/two")
    assert str(caught.value) == (
        f"output is 'runs/two', and a run goes on in its own folder {folder / 'runs' / 'one'}. "
        "Leave output out, or copy the folder and resume the copy."
    )
    Workflow.resume("runs/one", output="runs/one").close()


CALLS = {
    **{
        name: lambda w, name=name: getattr(w, name)()
        for name in (
            *("search", "foundation", "ablation", "refinement", "ensemble", "validation", "deployment", "run", "study"),
            *("status", "tree", "calls", "report", "export", "phase_states"),
        )
    },
    "adopt": lambda w: w.adopt("model", ""),
    "checkout": lambda w: w.checkout("a"),
    "propose": lambda w: w.propose("model"),
    "ask": lambda w: w.ask("model", "x"),
    "accept": lambda w: w.accept("a"),
    "reject": lambda w: w.reject("a"),
    "find": lambda w: w.find("a"),
    "show": lambda w: w.show("a"),
    "diff": lambda w: w.diff("a", "b"),
    "model": lambda w: w.model,
    "solution": lambda w: w.solution,
    "score": lambda w: w.score,
}


def what_comes_of(workflow, calls):
    """The error of each call; None where it goes well."""
    found = {}
    for name in calls:
        try:
            CALLS[name](workflow)
        except MLEStarError as error:
            found[name] = str(error)
        else:
            found[name] = None
    return found


def test_after_close_every_method_is_one_line(folder):
    workflow = begun()
    workflow.close()
    workflow.close()
    line = f"The run in {folder / 'runs' / 'one'} was closed. Start or resume it again."
    assert what_comes_of(workflow, CALLS) == dict.fromkeys(CALLS, line)


@pytest.mark.parametrize(
    ("remove", "what"),
    [
        (shutil.rmtree, "The run's folder {}"),
        (lambda path: [p.unlink() for p in path.glob("journal*")], "The journal {}/journal.sqlite"),
    ],
    ids=["folder", "journal"],
)
def test_what_is_gone_is_one_line(folder, remove, what):
    workflow = begun()
    workflow.search()
    path = folder / "runs" / "one"
    remove(path)
    line = (
        f"{what.format(path)} is gone: nothing more can be recorded. "
        "Put it back and run the cell again, or start again."
    )
    assert what_comes_of(workflow, ("foundation", "report", "study")) == dict.fromkeys(
        ("foundation", "report", "study"), line
    )
    workflow.close()
    with pytest.raises(OutputError, match="holds no run"):
        Workflow.resume(path)


def test_the_folder_of_no_user_is_refused_in_a_line(folder):
    with pytest.raises(SettingError, match=r"^output is '~nosuch_user/o'\. Give the path of a folder; ~NAME is the"):
        begun(output="~nosuch_user/o")
    workflow = begun()
    with pytest.raises(SettingError) as caught:
        workflow.export("~nosuch_user/s.py")
    assert str(caught.value) == (
        "The path '~nosuch_user/s.py' is in the folder of a user that there is not. Write './~nosuch_user/s.py'."
    )
    assert not list(folder.glob("~*"))
    workflow.close()
