"""What is read of a job's folder when somebody else has filled it: with links, pipes and texts of all kinds."""

import json
import os
from dataclasses import replace

import numpy as np
import pytest

from mlestar_jupyter.core.executor import FitFailed, FitJob, Fitted
from mlestar_jupyter.executors.local.results import check_plain, clean_text, read_plain, read_result, read_text
from mlestar_jupyter.problems.forms import Labels

pytestmark = pytest.mark.fast

JOB = FitJob("m", "", "t", "t", np.arange(4), np.arange(3), np.array([0, 1, 0, 1]), Labels((0, 1)), 0)
REPORT = {"fit_seconds": 1.0, "predict_seconds": 0.5, "warnings": []}


@pytest.fixture
def folder(tmp_path):
    own = tmp_path / "job"
    own.mkdir()
    (own / "report.json").write_text(json.dumps(REPORT))
    np.save(own / "values.npy", np.array([0, 1, 1]))
    np.save(tmp_path / "truth.npy", np.array([1, 0, 1]))
    return own


def test_an_honest_result_is_read(folder):
    result = read_result(folder, JOB, 10.0, 20.0)
    assert isinstance(result, Fitted)
    assert result.predictions.values.tolist() == [0, 1, 1]
    assert (result.fit_seconds, result.predict_seconds, result.peak_mb) == (1.0, 0.5, 10.0)


def test_time_of_a_row_is_read_where_it_was_asked_for_and_is_no_longer_than_the_job(folder):
    assert read_result(folder, JOB, 10.0, 20.0).row_ms is None
    timed = replace(JOB, times_row=True)
    for claimed, read in ((4.5, 4.5), (1e9, 20_000.0), (-1.0, 0.0)):
        (folder / "report.json").write_text(json.dumps(REPORT | {"row_ms": claimed}))
        assert read_result(folder, timed, 10.0, 20.0).row_ms == read
    (folder / "report.json").write_text(json.dumps(REPORT))
    assert isinstance(read_result(folder, timed, 10.0, 20.0), FitFailed)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no such files")
@pytest.mark.parametrize(
    "link", [os.symlink, os.link, lambda _target, path: os.mkfifo(path)], ids=["soft", "hard", "pipe"]
)
@pytest.mark.parametrize("name", ["values.npy", "report.json"])
def test_file_that_is_a_way_to_another_is_not_read(folder, link, name):
    (folder / name).unlink()
    other = folder.parent / ("truth.npy" if name == "values.npy" else "report.json")
    if name == "report.json":
        other.write_text(json.dumps(REPORT))
    link(other, folder / name)
    result = read_result(folder, JOB, 0.0, 20.0)
    assert isinstance(result, FitFailed)
    with pytest.raises(OSError, match="plain file|symbolic link"):
        read_plain(folder / name, 10_000)
    with pytest.raises(OSError, match=r"\w+\.(npy|json) is no plain file"):
        check_plain(folder / name)


def test_text_of_a_crash_that_is_a_link_is_empty(folder):
    (folder.parent / "key").write_text("PRIVATE KEY")
    (folder / "crash.txt").symlink_to(folder.parent / "key")
    assert read_text(folder / "crash.txt") == ""


def test_file_longer_than_plausible_is_not_read(folder):
    with pytest.raises(OSError, match=r"^report\.json has 60 bytes, more than 10$"):
        read_plain(folder / "report.json", 10)


@pytest.mark.parametrize(
    ("kind", "taken"), [("error", "error"), ("memory", "memory"), ("timeout", "crash"), ([1], "crash")]
)
def test_failure_is_of_a_kind_that_a_worker_can_know(folder, kind, taken):
    (folder / "report.json").write_text(
        json.dumps({"kind": kind, "reason": "a\nb\x1b[0m\ud800", "traceback": "x" * 9999})
    )
    result = read_result(folder, JOB, 0.0, 20.0)
    assert (result.kind, result.reason, len(result.traceback)) == (taken, "a b[0m?", 4000)


def test_cleaned_text_keeps_lines_and_letters():
    assert clean_text("é\n\tß\x07") == "é\n\tß"


def test_array_of_something_else_than_numbers_is_a_failure(folder):
    np.save(folder / "values.npy", np.array(["a", "b", "c"]))
    result = read_result(folder, JOB, 0.0, 20.0)
    assert isinstance(result, FitFailed)
    assert "values.npy holds <U1, not numbers" in result.reason


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (np.array([0, 1]), "the model predicted 2 values for 3 rows"),
        (np.zeros((3, 2)), "the model predicted an array of shape (3, 2) for 3 rows"),
        (np.array([0, np.nan, 1]), "the model predicted values that are missing or infinite"),
        (np.array([0, 1, 2]), "predictions that are no class codes"),
    ],
)
def test_predictions_of_another_form_are_a_failure_with_its_reason(folder, values, reason):
    np.save(folder / "values.npy", values)
    result = read_result(folder, JOB, 0.0, 20.0)
    assert isinstance(result, FitFailed)
    assert reason in result.reason
