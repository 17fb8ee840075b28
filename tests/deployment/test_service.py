import json

import pandas as pd
import pytest

from mlestar_jupyter.core.model import FittedModel
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.data.dataset import make_dataset
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.deployment.probe import probe_service
from mlestar_jupyter.deployment.service import build_service, requirements
from mlestar_jupyter.errors import DataError, OutputError
from tests.core.blocks_for_tests import BLOCKS


@pytest.fixture(scope="module")
def fitted(churn):
    table = churn.rename(columns={"tenure": "months so far"})
    dataset = make_dataset(read_table(table), "Churn", on_open=lambda reason: None)
    rows = dataset.development
    solution = Solution.of(BLOCKS)
    return FittedModel(solution.build().fit(rows.X, rows.y), solution, dataset.task), rows


@pytest.mark.slow
def test_service_answers_like_the_notebook_and_refuses_bad_rows(fitted, tmp_path):
    model, rows = fitted
    folder = build_service(tmp_path / "service", model)
    report = probe_service(folder, model, rows.X.head(20), 30)
    assert report.started, report.log
    assert report.succeeded == 30
    assert report.equal
    assert report.rejects_bad_rows


@pytest.mark.slow
def test_service_does_not_start_with_a_changed_model(fitted, tmp_path, monkeypatch):
    model, rows = fitted
    folder = build_service(tmp_path / "service", model)
    with (folder / "model" / "model.joblib").open("ab") as file:
        file.write(b"changed")
    monkeypatch.setattr("mlestar_jupyter.deployment.probe._START_SECONDS", 5)
    report = probe_service(folder, model, rows.X.head(2), 2)
    assert not report.started
    assert "model.joblib is not the file that was deployed" in report.log


def test_requirements_pin_what_the_blocks_import(fitted):
    pinned = requirements(fitted[0])
    assert any(line.startswith("scikit-learn==") for line in pinned)
    assert any(line.startswith("fastapi==") for line in pinned)
    assert not any(line.startswith("mlestar") for line in pinned)


def test_saved_model_answers_the_same(fitted, tmp_path):
    model, rows = fitted
    again = FittedModel.load(model.save(tmp_path))
    assert (again.predict_proba(rows.X) == model.predict_proba(rows.X)).all()
    assert list(again.predict(rows.X.head(5))) == list(model.predict(rows.X.head(5)))
    assert json.loads((tmp_path / "manifest.json").read_text())["schema"] == 2


def test_changed_file_is_refused(fitted, tmp_path):
    fitted[0].save(tmp_path)
    (tmp_path / "model.joblib").write_bytes(b"something else")
    with pytest.raises(OutputError, match="is not the file that was saved: its hash differs"):
        FittedModel.load(tmp_path)


def test_missing_column_is_named(fitted):
    model, rows = fitted
    with pytest.raises(DataError, match="The rows lack the column 'months so far'"):
        model.predict(rows.X.drop(columns="months so far"))


def test_rows_may_be_dictionaries_with_more_than_is_needed(fitted):
    model, rows = fitted
    row = rows.X.iloc[0].to_dict() | {"other": 1}
    assert model.predict(row)[0] == model.predict(pd.DataFrame([row]))[0]
