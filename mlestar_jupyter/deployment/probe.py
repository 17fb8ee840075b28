"""Start a service in a fresh process, ask it, compare its answers, measure, stop it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mlestar_jupyter.core.model import FittedModel
from mlestar_jupyter.deployment.service import plain_rows
from mlestar_jupyter.environment import require, worker_environment

_START_SECONDS = 60
_CLOSE = 1e-9


@dataclass(frozen=True)
class ProbeReport:
    """What came of asking the service.

    Parameters
    ----------
    started : bool
    start_seconds : float
    requests, succeeded : int
    equal : bool
        Whether every answer equals the notebook's.
    largest_difference : float
        Between probabilities, or between numbers relative to their size.
    median_ms, p95_ms : float
        Of a request with one row.
    rejects_bad_rows : bool
        Whether a row of a wrong shape is refused with status 422.
    log : str
        The end of the service's log when it did not start.
    """

    started: bool
    start_seconds: float
    requests: int = 0
    succeeded: int = 0
    equal: bool = False
    largest_difference: float = float("nan")
    median_ms: float = float("nan")
    p95_ms: float = float("nan")
    rejects_bad_rows: bool = False
    log: str = ""


def probe_service(folder: Path, model: FittedModel, rows: pd.DataFrame, requests: int) -> ProbeReport:
    """Start the service of a folder, send it rows, compare with the model's own predictions, and stop it.

    Parameters
    ----------
    folder : Path
    model : FittedModel
        What the service should answer like.
    rows : DataFrame
        Raw rows to send, again and again if there are fewer than `requests`.
    requests : int
        Single-row requests.

    Raises
    ------
    MissingExtraError
        When FastAPI or uvicorn is not installed.
    """
    for module in ("fastapi", "uvicorn"):
        require(module, extra="deploy", purpose="Starting the service")
    began = time.monotonic()
    with _running(folder) as (port, log, process):
        if not _wait_until_healthy(port, process):
            text = log.read_text(errors="replace")[-2000:]
            return ProbeReport(started=False, start_seconds=time.monotonic() - began, log=text)
        seconds = time.monotonic() - began
        return _ask(port, model, rows, requests, seconds)


@contextmanager
def _running(folder: Path) -> Iterator[tuple[int, Path, subprocess.Popen[bytes]]]:
    """Run the service on a free loopback port; its whole process group is killed at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch) / "log.txt"
        command = [sys.executable, "-m", "uvicorn", "app:app", "--host", "127.0.0.1", "--port", str(port)]
        with log.open("w") as file:
            process = subprocess.Popen(
                [*command, "--log-level", "warning"], cwd=folder, env=worker_environment(), stdout=file,
                stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        try:
            yield port, log, process
        finally:
            if process.poll() is None and hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
            process.wait()


def _wait_until_healthy(port: int, process: subprocess.Popen[bytes]) -> bool:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            if _request(port, "GET", "/health")[0] == http.client.OK:
                return True
        except OSError:
            time.sleep(0.2)
    return False


def _request(port: int, method: str, path: str, body: object = None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        content = None if body is None else json.dumps(body)
        connection.request(method, path, content, {"Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read()
    finally:
        connection.close()
    return response.status, json.loads(text) if text else None


def _ask(port: int, model: FittedModel, rows: pd.DataFrame, requests: int, seconds: float) -> ProbeReport:
    sent = rows.reindex(columns=model.feature_names_in_).head(requests)
    plain = plain_rows(sent)
    expected, columns = _expected(model, sent)
    times, succeeded, equal, largest = [], 0, True, 0.0
    for number in range(requests):
        position = number % len(plain)
        start = time.perf_counter()
        try:
            status, answer = _request(port, "POST", "/predict", {"rows": [plain[position]]})
        except (OSError, ValueError):
            continue
        times.append(1000 * (time.perf_counter() - start))
        if status != http.client.OK:
            continue
        succeeded += 1
        truth = None if columns is None else columns[position]
        difference, same = _compare(answer, expected[position], truth, model)
        largest, equal = max(largest, difference), equal and same
    status, _ = _request(port, "POST", "/predict", {"rows": [{"no such column": 1}]})
    median, p95 = np.percentile(times, [50, 95]) if times else (float("nan"), float("nan"))
    return ProbeReport(
        started=True,
        start_seconds=seconds,
        requests=requests,
        succeeded=succeeded,
        equal=equal and succeeded > 0,
        largest_difference=largest,
        median_ms=float(median),
        p95_ms=float(p95),
        rejects_bad_rows=status == http.client.UNPROCESSABLE_ENTITY,
    )


def _expected(model: FittedModel, sent: pd.DataFrame) -> tuple[np.ndarray, list[dict[str, float]] | None]:
    """What the notebook answers: values, and the columns of each row by the names that the service gives them."""
    with warnings.catch_warnings():  # of values that were not learned from: the user did not ask for these rows
        warnings.simplefilter("ignore", UserWarning)
        columns, values = model.predict_columns(sent), model.predict(sent)
    if columns.empty:
        return values, None
    if model.gives_probabilities:
        columns.columns = pd.Index(map(str, model.task.classes))
    return values, [dict(zip(map(str, columns), row, strict=True)) for row in columns.to_numpy().tolist()]


def _compare(answer: Any, expected: Any, columns: dict[str, float] | None, model: FittedModel) -> tuple[float, bool]:
    """How far an answer is from the notebook's, and whether the two are equal."""
    found, scale = answer["predictions"][0], 1.0
    if model.task.classes:
        difference, same = 0.0, str(found) == str(expected)
    else:
        difference, scale = abs(float(found) - float(expected)), max(1.0, abs(float(expected)))
        same = True
    if columns is not None:
        given = answer["probabilities" if model.gives_probabilities else "columns"][0]
        difference = max(difference, *(abs(given.get(name, 0.0) - value) for name, value in columns.items()))
    return difference / scale, same and difference / scale <= _CLOSE
