"""Read what a worker has left, trusting nothing: the files of a job are as the candidate wants them to be.

A file may be a link to one of the user's, a pipe that nobody fills, a pickle, or a text for whoever prints it. So only
plain files of a plausible size are read, arrays hold plain numbers of the right shape, and texts are short and clean.
"""

from __future__ import annotations

import io
import json
import math
import os
import stat
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from mlestar_jupyter.core.evaluation import FailureKind
from mlestar_jupyter.core.executor import FitFailed, FitJob, FitResult, Fitted
from mlestar_jupyter.core.explanation import Answer, read_answer
from mlestar_jupyter.core.predictions import Form, Predictions, check_shape

_MAX_REPORT, _MAX_HEAD = 1_000_000, 10_000
_MAX_WARNINGS, _MAX_LINE, _MAX_TEXT = 5, 400, 4_000
_CLAIMED: dict[str, FailureKind] = {"error": "error", "memory": "memory"}


def read_result(folder: Path, job: FitJob, peak_mb: float, seconds: float) -> FitResult:
    """Read the result of a job.

    Parameters
    ----------
    folder : Path
        The job's own.
    job : FitJob
        Says how many rows were to be predicted.
    peak_mb : float
        As measured from outside.
    seconds : float
        Since the job was started: what it says of its own time cannot be more.
    """
    try:
        report = json.loads(read_plain(folder / "report.json", _MAX_REPORT))
        if "kind" in report:
            kind = _CLAIMED.get(str(report["kind"]), "crash")
            return FitFailed(kind, one_line(report["reason"]), clean_text(str(report.get("traceback", ""))))
        rows = _test_rows(job)
        return Fitted(
            None if rows is None else _predictions(folder, "", rows, job.form),
            _predictions(folder, "train_", len(job.y), job.form) if job.predict_train else None,
            _within(report["fit_seconds"], seconds),
            _within(report["predict_seconds"], seconds),
            peak_mb,
            tuple(one_line(w) for w in list(report["warnings"])[:_MAX_WARNINGS]),
            None if rows is None or job.question is None else _answer(folder, report, job, rows),
            _within(report["row_ms"], 1000 * seconds) if job.times_row and rows is not None else None,
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError, EOFError, MemoryError, RecursionError) as error:
        reason = one_line(f"the worker left no readable result ({type(error).__name__}: {error})")
        return FitFailed("crash", reason)


def read_plain(path: Path, most: int) -> bytes:
    """Read a file that is one: no link, pipe or device, and not longer than `most` bytes.

    Raises
    ------
    OSError
        When it is none, or cannot be read.
    """
    wary = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))
    with os.fdopen(os.open(path, os.O_RDONLY | wary), "rb") as file:
        found = os.fstat(file.fileno())
        _check(path, found)
        if found.st_size > most:
            raise OSError(f"{path.name} has {found.st_size:,} bytes, more than {most:,}")
        return file.read(most)


def check_plain(path: Path) -> None:
    """Check that a path is a file, and no link.

    Raises
    ------
    OSError
        When it is another thing, or nothing.
    """
    _check(path, path.lstat())


def _check(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        raise OSError(f"{path.name} is no plain file")


def read_text(path: Path) -> str:
    """Read the end of a text, cleaned; empty when it is no plain file."""
    try:
        return clean_text(read_plain(path, _MAX_REPORT).decode(errors="replace"))
    except OSError:
        return ""


def one_line(text: object) -> str:
    """Make one short line of what may be any text."""
    return " ".join(clean_text(str(text)[: 2 * _MAX_LINE]).split())[:_MAX_LINE]


def clean_text(text: str) -> str:
    """Keep the end of a text, and of it what can be stored and printed."""
    stored = text[-_MAX_TEXT:].encode(errors="replace").decode()
    return "".join(c for c in stored if c.isprintable() or c in "\n\t")


def _test_rows(job: FitJob) -> int | None:
    return None if job.test_table is None or job.test_rows is None else len(job.test_rows)


def _predictions(folder: Path, prefix: str, n_rows: int, form: Form) -> Predictions:
    values, other = _array(folder / f"{prefix}values.npy", n_rows), folder / f"{prefix}columns.npy"
    columns = _array(other, n_rows * len(form.names)) if form.names and other.exists() else None
    predictions = Predictions(values, columns)
    check_shape(predictions, form, n_rows)
    return predictions


def _answer(folder: Path, report: Mapping[str, object], job: FitJob, n_rows: int) -> Answer:
    assert job.question is not None
    columns = len(job.question.columns)
    values = columns * job.question.repeats * n_rows
    most = {"shuffled_values": values, "shuffled_columns": values * len(job.form.names), "shap": columns}
    arrays = {name: _array(folder / f"{name}.npy", n) for name, n in most.items() if (folder / f"{name}.npy").exists()}
    return read_answer({**report, "shap_reason": one_line(report["shap_reason"])}, arrays, n_rows)


def _array(path: Path, most: int) -> np.ndarray:
    """Read at most so many plain numbers."""
    body = read_plain(path, 8 * most + _MAX_HEAD)
    array = np.lib.format.read_array(io.BytesIO(body), allow_pickle=False, max_header_size=_MAX_HEAD)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{path.name} holds {array.dtype}, not numbers")
    return array


def _within(seconds: object, most: float) -> float:
    found = float(seconds)  # type: ignore[arg-type]
    if not math.isfinite(found):
        raise ValueError("a time that is not a finite number")
    return min(max(0.0, found), most)
