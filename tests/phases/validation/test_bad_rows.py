"""Rows on which little can be measured: each figure says so, and nothing ends in a traceback."""

import json

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter import Workflow
from tests.checks.inputs_for_tests import table
from tests.workers_for_tests import workers


def numbers(n_rows=160, seed=0):
    random = np.random.default_rng(seed)
    x = random.normal(size=n_rows)
    return pd.DataFrame({"x": x, "z": random.normal(size=n_rows), "y": x + random.normal(size=n_rows)})


def validated(frame, output, target="bought", **arguments):
    workflow = Workflow(frame, target, output=output, executor=workers(), **arguments)
    workflow.defaults = {"foundation": {"candidates": 2}}
    workflow.foundation()
    result = workflow.validation()
    report = workflow.report()
    written = json.loads((workflow.output / "report.json").read_text(), parse_constant=pytest.fail)
    workflow.close()
    assert report is not None
    assert written["phases"]["validation"]["verdict"] == result.verdict
    return result


def test_an_infinite_error_on_the_holdout_is_not_measured(tmp_path):
    frame = numbers()
    sealed = frame.iloc[-30:].copy()
    sealed.iloc[0, sealed.columns.get_loc("y")] = 1e200
    result = validated(frame, tmp_path, "y", test=sealed)
    assert result.holdout is None
    assert result.summary.endswith(
        "; holdout: not measured, root_mean_squared_error is not defined for its 30 rows and what is predicted of them."
    )


def test_groups_of_one_row_are_rows(tmp_path):
    frame = table(200)
    result = validated(frame.assign(patient=[f"p{i}" for i in range(200)]), tmp_path, group="patient")
    assert result.holdout.low < result.holdout.score < result.holdout.high


def test_a_target_that_is_nearly_constant_has_a_report(tmp_path):
    frame = numbers().assign(y=1.0)
    frame.loc[0, "y"] = 1.0000001
    result = validated(frame, tmp_path, "y", problem="regression")
    assert result.holdout is not None


@pytest.mark.fast
def test_a_text_in_a_sealed_row_changes_no_development_value(tmp_path):
    frame = table(200)
    name = next(c for c in frame if pd.api.types.is_float_dtype(frame[c]))

    def development(changed, output):
        changed.to_csv(tmp_path / "rows.csv", index=False)
        workflow = Workflow(tmp_path / "rows.csv", "bought", output=tmp_path / output, executor=workers())
        dataset, task = workflow._run.evaluator.dataset, workflow.task
        found = dataset.development.X.copy(), dataset.holdout._rows.source, {c.name: c.role for c in task.columns}
        workflow.close()
        return found

    before, sealed, roles = development(frame, "clean")
    frame[name] = frame[name].astype(object)
    frame.loc[sealed[0], name] = "unknown"
    after, again, now = development(frame, "text")
    assert np.array_equal(sealed, again)
    assert roles == now
    # pandas 2 reads a column of numbers without its last bit, and texts with it
    np.testing.assert_allclose(before[name], after[name], rtol=1e-14)
