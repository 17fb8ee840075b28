"""A folder is taken over by another task where nothing was evaluated in it; else a line says what differs."""

import pytest

from mlestar_jupyter import Workflow
from mlestar_jupyter.errors import OutputError
from tests.runs.conftest import opened, small_table
from tests.workers_for_tests import workers


def test_a_folder_without_an_evaluation_is_taken_over(tmp_path):
    first = opened(tmp_path / "run")
    first.search()
    first.close()
    second = opened(tmp_path / "run", roles={"plan": "ignore"})
    assert [c.role for c in second.task.columns if c.name == "plan"] == ["ignored"]
    assert list(second.results) == []
    second.search()
    second.close()
    again = Workflow.resume(tmp_path / "run", small_table(), executor=workers())
    assert (list(again.results), again.task.id) == (["search"], second.task.id)
    again.close()


@pytest.mark.parametrize(
    ("given", "changed"),
    [
        ({"roles": {"plan": "ignore"}}, "no --role → --role plan=ignore"),
        ({"metric": "f1", "test": 0.3}, "no --metric → --metric f1; no --test → --test 0.3"),
    ],
)
def test_other_options_are_named_beside_a_run_with_evaluations(folder, given, changed):
    folder.with_name("run-2").mkdir()
    with pytest.raises(OutputError) as error:
        opened(folder, **given)
    assert str(error.value) == (
        f"The folder {folder} has a run with other options ({changed}). "
        f"Add --output {folder}-3 (output='{folder}-3' in Python), which begins a new run beside it."
    )


def test_a_run_of_the_default_folder_is_begun_beside_it_by_another_name(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    (folder.parent / "mlestar_runs").mkdir()
    folder.rename(folder.parent / "mlestar_runs" / "small")
    table = small_table()
    with pytest.raises(OutputError) as error:
        Workflow(table.assign(charge=table["charge"] + 1), "churn", name="small", executor=workers())
    assert str(error.value) == (
        f"The folder {folder.parent}/mlestar_runs/small has a run with the same options on other rows or values. "
        "Add --name small-2 (name='small-2' in Python), which begins a new run beside it."
    )
