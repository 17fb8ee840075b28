"""The journal: the durable record of a run, in SQLite. The only SQL of the package.

Every write is one transaction in write-ahead mode, so that a killed process loses at most what was under way.
"""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np

from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.executors.base import FitFailed, FitResult, Fitted
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.errors import OutputError

SCHEMA = 1
FILE_NAME = "journal.sqlite"

_TABLES = """
CREATE TABLE IF NOT EXISTS run (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS candidates (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, phase TEXT NOT NULL, label TEXT NOT NULL, parent TEXT,
    author TEXT NOT NULL, reason TEXT NOT NULL, block TEXT, solution TEXT NOT NULL, time TEXT NOT NULL,
    UNIQUE (id, phase, label));
CREATE TABLE IF NOT EXISTS fits (
    key TEXT PRIMARY KEY, solution TEXT NOT NULL, kind TEXT, reason TEXT, traceback TEXT, seconds_limit REAL,
    fit_seconds REAL, predict_seconds REAL, peak_mb REAL, warnings TEXT,
    "values" BLOB, probabilities BLOB, train_values BLOB, train_probabilities BLOB, time TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS evaluations (
    number INTEGER PRIMARY KEY, candidate INTEGER NOT NULL REFERENCES candidates (number), repeats INTEGER NOT NULL,
    score REAL, fold_scores TEXT, reason TEXT, time TEXT NOT NULL, UNIQUE (candidate, repeats));
CREATE TABLE IF NOT EXISTS phases (
    key TEXT PRIMARY KEY, name TEXT NOT NULL, settings TEXT NOT NULL, evaluations INTEGER NOT NULL,
    seconds REAL NOT NULL, complete INTEGER NOT NULL, time TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, detail TEXT NOT NULL, time TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS replies (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, model TEXT NOT NULL, role TEXT NOT NULL,
    phase TEXT NOT NULL, attempt INTEGER NOT NULL, text TEXT NOT NULL, reason TEXT NOT NULL,
    tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL, estimated INTEGER NOT NULL, cost REAL,
    seconds REAL NOT NULL, prompt TEXT NOT NULL, time TEXT NOT NULL);
"""


@dataclass(frozen=True)
class PhaseRecord:
    """A phase that has run: how many evaluations it made, how long it took, whether it came to its end."""

    key: str
    name: str
    settings: dict[str, Any]
    evaluations: int
    seconds: float
    complete: bool


@dataclass(frozen=True)
class ReplyRecord:
    """What a chat model said, or the reason why it said nothing of use.

    Parameters
    ----------
    key : str
        Hash of all that the reply depends on.
    model, role, phase : str
    attempt : int
    text : str
        The reply as it came; empty when there is none of use.
    reason : str
        Why there is none; empty when there is one.
    tokens_in, tokens_out : int
        Of the reply with its repairs.
    estimated : bool
        The server did not count the tokens.
    cost : float or None
        In USD; None where no price is known.
    seconds : float
    prompt : str
        What was sent, instructions of the system included.
    time : str
        When it was recorded; empty before.
    """

    key: str
    model: str
    role: str
    phase: str
    attempt: int
    text: str
    reason: str
    tokens_in: int
    tokens_out: int
    estimated: bool
    cost: float | None
    seconds: float
    prompt: str
    time: str = ""


class Journal:
    """The record of one run, in ``journal.sqlite`` in the output folder.

    Raises
    ------
    OutputError
        When the folder cannot be written, the disk is full, or the file is no journal of this version.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._writing = RLock()  # roles of a chat model are asked side by side
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.executescript(_TABLES)
        except (OSError, sqlite3.Error) as error:
            raise _output_error(folder, error) from error
        found = self.get("schema")
        if found is None:
            self.put("schema", SCHEMA)
        elif found != SCHEMA:
            raise OutputError(
                f"The journal in {folder} has schema {found}; this version reads {SCHEMA}.",
                mend="Choose another --output folder.",
            )

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._writing:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                raise _output_error(self.path.parent, error) from error
            finally:
                if self._connection.in_transaction:  # an error, or the user's interrupt
                    self._connection.execute("ROLLBACK")

    def get(self, key: str) -> Any:
        """Read a fact of the run; None when it was never written."""
        row = self._connection.execute("SELECT value FROM run WHERE key = ?", (key,)).fetchone()
        return None if row is None else json.loads(row[0])

    def put(self, key: str, value: Any) -> None:
        """Write a fact of the run, such as its task or its versions."""
        with self._write() as db:
            db.execute(
                "INSERT OR REPLACE INTO run VALUES (?, ?)", (key, json.dumps(value, sort_keys=True, default=str))
            )

    def add_event(self, kind: str, detail: str) -> None:
        """Append an event."""
        with self._write() as db:
            db.execute("INSERT INTO events (kind, detail, time) VALUES (?, ?, ?)", (kind, detail, _now()))

    def events(self, kind: str) -> list[tuple[str, str]]:
        """List the events of a kind as (detail, time), the oldest first."""
        rows = self._connection.execute("SELECT detail, time FROM events WHERE kind = ? ORDER BY number", (kind,))
        return [(str(detail), str(time)) for detail, time in rows]

    def add_candidate(self, candidate: Candidate) -> int:
        """Record a candidate and return its number; the same one again keeps its number."""
        with self._write() as db:
            values = (
                candidate.id, candidate.phase, candidate.label, candidate.parent, candidate.author, candidate.reason,
                candidate.block, _dump_solution(candidate.solution), _now(),
            )  # fmt: skip
            db.execute(
                "INSERT OR IGNORE INTO candidates (id, phase, label, parent, author, reason, block, solution, time)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values,
            )
            row = db.execute(
                "SELECT number FROM candidates WHERE id = ? AND phase = ? AND label = ?",
                (candidate.id, candidate.phase, candidate.label),
            ).fetchone()
        return int(row[0])

    def candidates(self) -> list[Candidate]:
        """List every candidate in the order in which they were put up."""
        rows = self._connection.execute(
            "SELECT solution, label, parent, author, reason, phase, block FROM candidates ORDER BY number"
        )
        return [Candidate(_load_solution(row[0]), *row[1:]) for row in rows]

    def add_evaluation(self, number: int, repeats: int, score: float | None, folds: list[float], reason: str) -> None:
        """Record what came of a candidate: its score with the fold scores, or the reason why it has none."""
        with self._write() as db:
            db.execute(
                "INSERT OR IGNORE INTO evaluations (candidate, repeats, score, fold_scores, reason, time)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (number, repeats, score, json.dumps(folds), reason, _now()),
            )

    def evaluations(self) -> list[tuple[str, str, int, float | None, str]]:
        """List evaluations as (candidate id, label, repeats, score, reason) in their order."""
        return self._connection.execute(
            "SELECT c.id, c.label, e.repeats, e.score, e.reason FROM evaluations e"
            " JOIN candidates c ON c.number = e.candidate ORDER BY e.number"
        ).fetchall()

    def fit(self, key: str, seconds_limit: float | None) -> FitResult | None:
        """Look up a fit; one that ran into a shorter time limit than the present one does not count."""
        row = self._connection.execute(
            "SELECT kind, reason, traceback, seconds_limit, fit_seconds, predict_seconds, peak_mb, warnings,"
            ' "values", probabilities, train_values, train_probabilities FROM fits WHERE key = ?',
            (key,),
        ).fetchone()
        if row is None:
            return None
        kind, reason, traceback, limit, fit_seconds, predict_seconds, peak_mb, warnings, *arrays = row
        if kind is not None:
            longer = kind == "timeout" and limit is not None and (seconds_limit is None or seconds_limit > limit)
            return None if longer else FitFailed(kind, reason, traceback)
        values, probabilities, train_values, train_probabilities = map(_load_array, arrays)
        return Fitted(
            None if values is None else Predictions(values, probabilities),
            None if train_values is None else Predictions(train_values, train_probabilities),
            fit_seconds, predict_seconds, peak_mb, tuple(json.loads(warnings)),
        )  # fmt: skip

    def add_fit(self, key: str, solution: str, result: FitResult, seconds_limit: float | None) -> None:
        """Record a fit under its content key."""
        if isinstance(result, FitFailed):
            values: tuple[Any, ...] = (result.kind, result.reason, result.traceback, seconds_limit, *[None] * 8)
        else:
            arrays = [
                _dump_array(None if p is None else getattr(p, name))
                for p in (result.predictions, result.train_predictions)
                for name in ("values", "probabilities")
            ]
            values = (
                None, None, None, None, result.fit_seconds, result.predict_seconds, result.peak_mb,
                json.dumps(list(result.warnings)), *arrays,
            )  # fmt: skip
        with self._write() as db:
            db.execute(f"INSERT OR REPLACE INTO fits VALUES ({','.join('?' * 15)})", (key, solution, *values, _now()))

    def count_fits(self) -> int:
        """Count the fits on record."""
        return int(self._connection.execute("SELECT COUNT(*) FROM fits").fetchone()[0])

    def phase(self, key: str) -> PhaseRecord | None:
        """Look up a phase that has run."""
        row = self._connection.execute(
            "SELECT key, name, settings, evaluations, seconds, complete FROM phases WHERE key = ?", (key,)
        ).fetchone()
        return None if row is None else PhaseRecord(row[0], row[1], json.loads(row[2]), row[3], row[4], bool(row[5]))

    def phases(self) -> list[PhaseRecord]:
        """List the phases that have run, the oldest first."""
        rows = self._connection.execute(
            "SELECT key, name, settings, evaluations, seconds, complete FROM phases ORDER BY time, rowid"
        )
        return [PhaseRecord(r[0], r[1], json.loads(r[2]), r[3], r[4], bool(r[5])) for r in rows]

    def add_phase(self, record: PhaseRecord) -> None:
        """Record a phase; the first complete record under a key stays."""
        known = self.phase(record.key)
        if known is not None and known.complete:
            return
        with self._write() as db:
            settings = json.dumps(record.settings, sort_keys=True, default=list)
            db.execute(
                "INSERT OR REPLACE INTO phases VALUES (?, ?, ?, ?, ?, ?, ?)",
                (record.key, record.name, settings, record.evaluations, record.seconds, record.complete, _now()),
            )

    def reply(self, key: str) -> ReplyRecord | None:
        """Look up a chat model's reply."""
        row = self._connection.execute(f"SELECT {_REPLY} FROM replies WHERE key = ?", (key,)).fetchone()
        return None if row is None else _load_reply(row)

    def add_reply(self, record: ReplyRecord) -> None:
        """Record a chat model's reply; the first under a key stays."""
        values = (
            record.key, record.model, record.role, record.phase, record.attempt, record.text, record.reason,
            record.tokens_in, record.tokens_out, record.estimated, record.cost, record.seconds, record.prompt, _now(),
        )  # fmt: skip
        with self._write() as db:
            db.execute(f"INSERT OR IGNORE INTO replies ({_REPLY}) VALUES ({','.join('?' * len(values))})", values)

    def replies(self) -> list[ReplyRecord]:
        """List the replies of chat models, the oldest first."""
        rows = self._connection.execute(f"SELECT {_REPLY} FROM replies ORDER BY number")
        return [_load_reply(row) for row in rows]

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


_REPLY = "key, model, role, phase, attempt, text, reason, tokens_in, tokens_out, estimated, cost, seconds, prompt, time"


def _load_reply(row: tuple[Any, ...]) -> ReplyRecord:
    values = [*row[:9], bool(row[9]), *row[10:]]
    return ReplyRecord(*values)


def _output_error(folder: Path, error: Exception) -> OutputError:
    text = str(error)
    if "full" in text or "No space" in text:
        return OutputError(
            f"The disk is full: {folder} cannot be written.",
            mend="Free some space and run the cell again; all finished evaluations are kept.",
        )
    if "not a database" in text or "malformed" in text:
        return OutputError(f"{folder / FILE_NAME} is no journal.", mend="Choose another --output folder.")
    return OutputError(
        f"The output folder {folder} cannot be written ({text}).", mend="Choose another one with --output."
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _dump_solution(solution: Solution) -> str:
    return json.dumps({"blocks": dict(solution.sources), "members": [_dump_solution(m) for m in solution.members]})


def _load_solution(text: str) -> Solution:
    parts = json.loads(text)
    return Solution.of(parts["blocks"], tuple(_load_solution(m) for m in parts["members"]))


def _dump_array(array: np.ndarray | None) -> bytes | None:
    if array is None:
        return None
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _load_array(blob: bytes | None) -> np.ndarray | None:
    return None if blob is None else np.load(io.BytesIO(blob), allow_pickle=False)
