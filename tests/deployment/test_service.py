import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.core.conformal import Conformity
from mlestar_jupyter.core.model import FittedModel
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.deployment import probe, service
from mlestar_jupyter.deployment.probe import _expected, probe_service
from mlestar_jupyter.deployment.service import build_service, example_row, requirements
from mlestar_jupyter.errors import DataError, OutputError
from mlestar_jupyter.problems.recognition import load_model, make_dataset
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


@pytest.mark.filterwarnings("error")
def test_rows_with_new_values_are_compared_without_a_warning(fitted):
    model, rows = fitted
    name = next(c.name for c in model.task.columns if c.role == "categorical")
    sent = rows.X.head(5).assign(**{name: "never seen"})
    values, columns = _expected(model, sent)
    assert len(values) == len(columns) == 5


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


@pytest.mark.fast
def test_requirements_pin_what_the_blocks_import(fitted):
    pinned = requirements(fitted[0])
    assert any(line.startswith("scikit-learn==") for line in pinned)
    assert any(line.startswith("fastapi==") for line in pinned)
    assert not any(line.startswith("mlestar") for line in pinned)


@pytest.mark.fast
def test_requirements_name_the_distribution_of_a_module(fitted):
    source = (
        "import yaml\nfrom sklearn.dummy import DummyClassifier as D\n\n\ndef make_model(**params):\n    return D()"
    )
    model = FittedModel(fitted[0].estimator, Solution.of(BLOCKS | {"model": source}), fitted[0].task)
    assert f"PyYAML=={version('PyYAML')}" in requirements(model)


@pytest.mark.fast
@pytest.mark.parametrize("build", ["xgboost", "xgboost-cpu"])
def test_requirements_name_the_build_of_xgboost_in_use(fitted, tmp_path, monkeypatch, build):
    source = "from xgboost import XGBClassifier\n\n\ndef make_model(**params):\n    return XGBClassifier(**params)"
    model = FittedModel(fitted[0].estimator, Solution.of(BLOCKS | {"model": source}), fitted[0].task)
    described = tmp_path / f"{build.replace('-', '_')}-3.2.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {build}\nVersion: 3.2.0\n", encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert requirements(model) == [f"{build}==3.2.0"]


@pytest.mark.fast
def test_saved_model_answers_the_same(fitted, tmp_path):
    model, rows = fitted
    again = load_model(model.save(tmp_path))
    assert (again.predict_proba(rows.X) == model.predict_proba(rows.X)).all()
    assert list(again.predict(rows.X.head(5))) == list(model.predict(rows.X.head(5)))
    assert json.loads((tmp_path / "manifest.json").read_text())["schema"] == 2


@pytest.mark.fast
def test_saved_model_gives_the_same_intervals(fitted, tmp_path):
    model, rows = fitted
    conformity = Conformity((0.2, 0.7), (0.4, 0.8), is_of_labels=True)
    model = FittedModel(model.estimator, model.solution, model.task, model.contract, conformity)
    again = load_model(model.save(tmp_path))
    sets = again.predict_interval(rows.X, coverage=0.7)
    assert sets.equals(model.predict_interval(rows.X, coverage=0.7))
    assert {len(one) for one in sets["labels"]} == {1, 2}
    assert [one[0] for one in sets["labels"]] == list(model.predict(rows.X))


@pytest.mark.fast
def test_model_without_out_of_fold_predictions_says_that_it_has_no_intervals(fitted):
    with pytest.raises(DataError) as error:
        fitted[0].predict_interval(fitted[1].X)
    assert str(error.value) == (
        "This model has no intervals: no out-of-fold predictions with all that they need are known for it. "
        "Use predict(), or a model that gives probabilities, and run %%mlestar foundation."
    )


@pytest.mark.fast
def test_changed_file_is_refused(fitted, tmp_path):
    fitted[0].save(tmp_path)
    (tmp_path / "model.joblib").write_bytes(b"something else")
    with pytest.raises(OutputError) as error:
        load_model(tmp_path)
    assert str(error.value) == (
        f"{tmp_path / 'model.joblib'} is not the file that was saved: its hash differs. Save the model again."
    )


@pytest.mark.fast
def test_folder_without_a_model_says_so(tmp_path):
    with pytest.raises(OutputError) as error:
        load_model(tmp_path)
    assert str(error.value) == f"{tmp_path} holds no saved model. Give a folder that FittedModel.save wrote."


@pytest.mark.fast
def test_model_of_an_earlier_version_without_a_contract_says_what_to_run(fitted, tmp_path):
    manifest = json.loads((fitted[0].save(tmp_path) / "manifest.json").read_text())
    del manifest["sha256"]["contract.json"]
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(OutputError) as error:
        load_model(tmp_path)
    assert str(error.value) == (
        f"The model in {tmp_path} was saved by an earlier version, without its contract for rows. "
        "Run %%mlestar deployment again."
    )


@pytest.mark.fast
@pytest.mark.parametrize(
    "write", [lambda model, path: model.save(path), lambda model, path: build_service(path, model)]
)
def test_folder_that_cannot_be_written_is_named(fitted, tmp_path, write):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError) as error:
        write(fitted[0], tmp_path / "file")
    assert str(error.value) == f"{tmp_path / 'file'} cannot be written (File exists). Choose another path."


@pytest.mark.fast
def test_missing_column_is_named(fitted):
    model, rows = fitted
    with pytest.raises(DataError, match="The rows have no column 'months so far'"):
        model.predict(rows.X.drop(columns="months so far"))


@pytest.mark.fast
def test_rows_may_be_dictionaries_with_more_than_is_needed(fitted):
    model, rows = fitted
    row = rows.X.iloc[0].to_dict() | {"other": 1}
    assert model.predict(row)[0] == model.predict(pd.DataFrame([row]))[0]


@pytest.mark.fast
def test_saved_model_names_its_solution_and_data_and_pins_its_contract(fitted, tmp_path):
    model, _ = fitted
    model.save(tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert (manifest["solution"], manifest["data_id"]) == (model.solution.id, model.task.data_id)
    assert load_model(tmp_path).contract == model.contract
    (tmp_path / "contract.json").write_text("{}")
    with pytest.raises(OutputError, match=r"contract.json is not the file that was saved"):
        load_model(tmp_path)


NAMES = [
    "Field",
    "str",
    "float",
    "b 1",
    "column_1",
    "ﬁ",
    "fi",
    "µ",
    "μ",
    "rows",
    "model_x",
    'q"""\nboom()',
    "C:\\Users\\N",
]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A started service of a table with hostile names: (ask, row)."""
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(80, len(NAMES))), columns=NAMES)
    frame = frame.assign(
        flag=random.random(80) < 0.5, day=pd.date_range("2026-01-01", periods=80), kind=["a", "b"] * 40
    )
    target = 'y"""\nraise SystemExit\n"""'
    dataset = make_dataset(read_table(frame.assign(**{target: ["no", "yes"] * 40})), target)
    solution, rows = Solution.of(BLOCKS), dataset.development
    model = FittedModel(solution.build().fit(rows.X, rows.y), solution, dataset.task)
    folder = build_service(tmp_path_factory.mktemp("hostile") / "service", model)
    assert (folder / "app.py").read_text() == (Path(service.__file__).parent / "templates" / "app.py").read_text()
    with probe._running(folder) as (port, log, process):
        assert probe._wait_until_healthy(port, process), log.read_text()
        row = json.loads((folder / "example.json").read_text())["rows"][0]

        def ask(*rows, body=None):
            return probe._request(port, "POST", "/predict", {"rows": list(rows)} if body is None else body)

        yield ask, row


@pytest.mark.slow
def test_service_of_hostile_names_starts_and_answers_its_own_example(hostile):  # S3, S9, D5
    ask, row = hostile
    status, answer = ask(row)
    assert status == 200
    assert set(answer) == {"predictions", "probabilities", "solution", "notices"}
    status, answer = ask(row | {"more": 1})
    assert (status, answer["notices"]) == (200, ["Columns that the model does not use: 'more'."])


@pytest.mark.slow
@pytest.mark.parametrize(
    "changed",
    [{"Field": v} for v in (True, "Infinity", "abc", 1e308, float("inf"), [1], {"a": 1}, "\ud800", "12,5")]
    + [{"day": v} for v in ("yesterday", "now", "2012-02-30", "07/08/2012", "2026-01-05T10:00:00Z", 5, True)]
    + [{"flag": "maybe"}, {"flag": 2}],
)
def test_service_refuses_what_it_cannot_read(hostile, changed):  # D3, D4
    ask, row = hostile
    status, answer = ask(row | changed)
    assert status == 422
    assert ", row 1: " in answer["detail"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "changed",
    [{"Field": None}, {"Field": "1.5"}, {"kind": "never seen"}, {"kind": "\ud800"}, {"kind": [1, {"a": None}]}, {"kind": 5},
     {"\ud800": 1}, {"day": "2026-01-05T10:00:00"}, {"flag": "true"}, {"flag": None}, {"Field": 10**30}],
)  # fmt: skip
def test_service_answers_what_it_can_read(hostile, changed):  # D4
    ask, row = hostile
    assert ask(row | changed)[0] == 200


@pytest.mark.slow
def test_service_says_how_bare_rows_are_given(hostile):
    ask, row = hostile
    for body in ([row], [], "x", 5):
        status, answer = ask(body=body)
        assert status == 422
        assert answer["detail"] == 'body: give the rows in an object: {"rows": [{"column": "value"}]}'


@pytest.mark.slow
def test_service_refuses_a_row_without_a_column(hostile):  # D3
    ask, row = hostile
    for rows in ([{}], [row, {k: v for k, v in row.items() if k != "kind"}], [5], []):
        status, answer = ask(*rows)
        assert status == 422
        assert isinstance(answer["detail"], str)


@pytest.mark.fast
def test_example_is_no_row_of_the_table(fitted):
    model, rows = fitted
    example = pd.DataFrame([example_row(model.contract)])
    same = rows.X[list(example.columns)].merge(example, how="inner")
    assert same.empty
