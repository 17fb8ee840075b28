"""Each table is read as it is meant, and every door gives the same predictions."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from mlestar_jupyter import Workflow
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.model import FittedModel
from mlestar_jupyter.core.opening import RowsError
from mlestar_jupyter.core.script import reader_for
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.deployment.probe import probe_service
from mlestar_jupyter.deployment.service import build_service
from mlestar_jupyter.errors import MLEStarError
from mlestar_jupyter.planners.recipes import RecipePlanner
from mlestar_jupyter.problems.recognition import make_dataset
from tests.scripts_for_tests import run_script
from tests.tables.cases import CASES
from tests.workers_for_tests import workers

REFUSED = {
    "dates_as_target", "workbook_that_ends_in_csv", "page_in_place_of_a_table", "pointer_in_place_of_a_table",
}  # fmt: skip


def _open(case, folder):
    """Read the table and make its task, as a start does."""
    options = dict(case.options)
    if isinstance(options.get("test"), str):
        options["test"] = folder / options["test"]
    dataset = folder / case.dataset if isinstance(case.dataset, str) else case.dataset
    return make_dataset(read_table(dataset), case.target, on_open=lambda reason: None, **options)


def _fitted(dataset):
    """Fit a linear model as the recipes write it."""
    draft = next(d for d in RecipePlanner().baselines(dataset.task) if d.label == "linear")
    rows = dataset.development
    with threadpool_limits(1):
        return FittedModel(draft.solution.build().fit(rows.X, rows.y), draft.solution, dataset.task).with_needs(rows.X)


def _score(predicted, truth, task):
    if task.classes:
        return float(np.mean([str(p) == str(t) for p, t in zip(predicted, truth, strict=True)]))
    return float(1 - np.sum((predicted - truth) ** 2) / np.sum((truth - truth.mean()) ** 2))


def _same(predicted, others):
    if isinstance(predicted[0], float):
        return np.allclose(np.asarray(predicted), np.asarray(others, dtype=float), rtol=1e-6)
    return [str(p) for p in predicted] == [str(p) for p in others]


@pytest.mark.fast
@pytest.mark.parametrize("name", sorted(REFUSED))
def test_refused_in_one_line(name, tmp_path):
    case = CASES[name](tmp_path)
    with pytest.raises(MLEStarError) as caught:
        _open(case, tmp_path)
    line = str(caught.value)
    assert "\n" not in line
    assert all(word.casefold() in line.casefold() for word in case.refused), line


@pytest.mark.fast
@pytest.mark.parametrize("name", sorted(CASES.keys() - REFUSED))
def test_read_as_it_is_meant(name, tmp_path):
    case = CASES[name](tmp_path)
    dataset = _open(case, tmp_path)
    task = dataset.task
    roles = {column.name: column.role for column in task.columns}
    assert {column: roles[column] for column in case.roles} == case.roles
    if case.classes is not None:
        assert sorted(map(repr, task.classes)) == sorted(map(repr, case.classes))
    if case.n_rows:
        assert task.n_development + task.n_holdout == case.n_rows
    for words in case.said:
        assert any(all(word in notice for word in words) for notice in task.notices), (words, task.notices)


LEARNED = sorted(
    CASES.keys()
    - REFUSED
    - {
        "no_header", "one_label_written_in_three_ways", "running_numbers_in_a_table_sorted_by_class", "r2_of_noise",
        "four_positives_of_five_hundred", "six_classes_of_four_rows", "time_column_of_small_days",
    }
)  # fmt: skip


@pytest.mark.parametrize("name", LEARNED)
def test_learned_as_well_as_its_clean_form(name, tmp_path):
    case = CASES[name](tmp_path)
    model = _fitted(_open(case, tmp_path))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        predicted = model.predict(case.fresh)
        assert _score(predicted, case.truth, model.task) >= case.least
        records = case.fresh.to_dict("records")
        assert _same(predicted, model.predict(records))
        assert _same(predicted, model.predict({k: list(v) for k, v in case.fresh.items()}))
        assert _same(predicted[:3], [model.predict(row)[0] for row in records[:3]])
        if case.refuses_new:
            with pytest.raises((RowsError, MLEStarError), match=case.refuses_new[0]):
                model.predict(model.contract.read_file(tmp_path / case.new_file))
        elif case.new_file:
            assert _same(predicted, model.predict(model.contract.read_file(tmp_path / case.new_file)))


@pytest.mark.parametrize("name", LEARNED)
def test_scripts_read_new_rows_as_the_model_does(name, tmp_path):
    case = CASES[name](tmp_path)
    contract = _open(case, tmp_path).task.contract
    names: dict[str, object] = {}
    exec(reader_for(contract, {"text", "parquet", "json"}), names)
    alone = names["Contract"].from_dict(contract.how_to_read())
    new = tmp_path / (case.new_file or "asked.csv")
    if not case.new_file:
        case.fresh.to_csv(new, index=False)
    if case.refuses_new:
        with pytest.raises(names["RowsError"], match=case.refuses_new[0]):
            alone.read_frame(alone.read_file(new))
    else:
        found, notices = alone.read_frame(alone.read_file(new))
        expected, said = contract.read(contract.read_file(new))
        pd.testing.assert_frame_equal(found, expected)
        # the script's rows are read without the categories that were learned from: only the model names new ones
        assert notices == [one for one in said if "was not in the rows that were learned from" not in one]


RUN = [
    "codes_that_are_digits_only_in_new_rows", "day_first_with_points", "decimal_commas_and_thousands", "durations",
    "four_positives_of_five_hundred", "intervals_as_target", "json_with_codes_and_times",
    "labels_of_the_test_table_end_in_a_full_stop", "line_break_in_a_name", "na_is_a_class", "new_file_lacks_a_column",
    "no_header", "percent_as_target", "six_classes_of_four_rows", "text_without_words", "time_column_of_small_days",
    "western_windows_encoding", "zip_of_one_table",
]  # fmt: skip
"""One of each kind: what the others read, the tests above have shown."""


@pytest.mark.slow
@pytest.mark.parametrize("name", RUN)
def test_run_script_and_service(name, tmp_path, monkeypatch):
    """A short run; its model, its script and its service predict the same for the same rows."""
    case = CASES[name](tmp_path)
    monkeypatch.chdir(tmp_path)
    options = {"test": 0} | case.options  # the script predicts from all rows, and so shall the model
    workflow = Workflow(case.dataset, case.target, output=tmp_path / "out", executor=workers(), **options)
    try:
        workflow.foundation(candidates=3)
        assert any(isinstance(e, Scored) and e.candidate.label != "constant" for e in workflow.candidates())
        if case.fresh is not None:
            _check_script(case, workflow, tmp_path)
            _check_service(case, workflow, tmp_path)
        else:
            _run_script(workflow, [])
    finally:
        workflow.close()


def _run_script(workflow, arguments):
    done = run_script((workflow.output / "solution.py").resolve(), *arguments, folder=workflow.output.parent)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def _check_script(case, workflow, folder):
    """Ask the script about a file: it fits on the table alone, so that the table must be one."""
    made = folder / "made.csv"
    if not isinstance(case.dataset, str):
        return
    new = folder / (case.new_file or "asked.csv")
    if not case.new_file:
        case.fresh.to_csv(new, index=False)
    done = _run_script(workflow, ["--predict", new, "--output", made])
    if case.refuses_new:
        assert done.returncode == 2
        assert all(word in done.stderr for word in case.refuses_new)
        return
    assert done.returncode == 0, done.stderr
    predicted = pd.read_csv(made, dtype=str, keep_default_na=False)["prediction"]
    expected = workflow.model.predict(workflow.model.contract.read_file(new))
    if "test" in case.options:  # the script has learned from the test table too
        assert np.mean(predicted == [str(e) for e in expected]) > 0.9
    else:
        assert _same(expected, predicted)


def _check_service(case, workflow, folder):
    """Send the raw rows as JSON has them."""
    pytest.importorskip("fastapi")
    rows = case.fresh.head(12)
    rows.columns = [str(name) for name in rows.columns]
    try:
        json.dumps(rows.astype(object).where(rows.notna(), None).to_dict("records"))
    except TypeError:  # durations, arrays and sets have no form in JSON
        return
    service = build_service(folder / "service", workflow.model)
    report = probe_service(service, workflow.model, rows, 12)
    assert report.started, report.log
    assert report.succeeded == 12
    assert report.equal
