"""The journal: the durable record of a run, in SQLite. The only SQL of the package.

Every write is one transaction in write-ahead mode, so that a killed process loses at most what was under way.
"""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np

from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.executor import FitFailed, FitResult, Fitted
from mlestar_jupyter.core.journal_errors import FILE_NAME, PUT_BACK, closed, damaged, gone, output_error
from mlestar_jupyter.core.journal_schema import SCHEMA, STEPS, TABLES
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.errors import OutputError

Row = Sequence[Any]
"""The columns of a row, of the types that its query names."""


@dataclass(frozen=True)
class Link:
    """One thing that was done in a run, a phase or a decision, after what stands before it.

    Parameters
    ----------
    token : str
        Hash of the link before, of what was asked and of what decides (see `runs.chain`).
    before : str
        Token of the link before; of the first one, that of the run's beginning.
    kind : str
        ``phase``, or a decision: ``adopt``, ``checkout``, ``propose``, ``ask``, ``accept``, ``reject``.
    name : str
        Of the phase, the block or the candidate.
    asked : dict
        Settings of the phase, or what else the decision was given.
    about : str or None
        Id of the solution with which it ended.
    score : float or None
        Of that solution.
    summary : str
        What came of it, in a sentence.
    evaluations : int
    seconds : float
    made_by : str
        Version of the package, hash of what decides and versions of the libraries.
    time : str
        When it was recorded; empty before.
    """

    token: str
    before: str
    kind: str
    name: str
    asked: dict[str, Any]
    about: str | None = None
    score: float | None = None
    summary: str = ""
    evaluations: int = 0
    seconds: float = 0.0
    made_by: str = ""
    time: str = ""


@dataclass(frozen=True)
class RecordedEvaluation:
    """What is on record of a candidate's evaluation: its score, or the reason why it has none."""

    candidate: Candidate
    repeats: int
    score: float | None
    fold_scores: tuple[float, ...]
    reason: str


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

    A journal of an earlier version is brought up to date in memory, and in its file with the first write: reading
    changes nothing.

    Raises
    ------
    OutputError
        When the folder cannot be written, the disk is full, or the file is damaged or of a newer version.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._writing = RLock()  # roles of a chat model are asked side by side
        self._closed_because: OutputError | None = None
        self._is_closed = False
        try:
            folder.mkdir(parents=True, exist_ok=True)
            is_new = _is_new(self.path)
            self._connection = self._connect()
            self._connection.execute("PRAGMA journal_mode=WAL")
            if is_new:
                self._connection.executescript(TABLES)
            found = self.get("schema")
        except (OSError, sqlite3.Error) as error:
            raise output_error(folder, error) from error
        self._is_old = False
        if found is None and is_new:
            self.put("schema", SCHEMA)
        elif found != SCHEMA:
            self._read_old(found)

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)

    def _read_old(self, found: object) -> None:
        """Bring a copy up to date in memory."""
        if not isinstance(found, int) or found not in STEPS:
            self._connection.close()
            newer = isinstance(found, int) and found > SCHEMA
            raise OutputError(
                f"The run in {self.path.parent} was recorded by a newer version (journal {found}; this one reads "
                f"{SCHEMA})." if newer else f"{self.path} is damaged: it does not say which version wrote it.",
                mend="Install that version, or choose another --output folder." if newer else PUT_BACK,
            )  # fmt: skip
        copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        with self._reading():
            self._connection.backup(copy)
            self._connection.close()
            self._connection, self._is_old = copy, True
            _bring_up_to_date(copy, found)

    def _bring_file_up_to_date(self) -> None:
        memory, self._connection, self._is_old = self._connection, self._connect(), False
        memory.close()
        self._connection.execute("BEGIN IMMEDIATE")
        _bring_up_to_date(self._connection, self.get("schema"))
        self._connection.execute("COMMIT")

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Say in a line what is wrong with a file that cannot be read."""
        try:
            yield
        except (sqlite3.Error, json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            raise output_error(self.path.parent, error, reading=True) from error

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._writing:
            self.check_open()
            try:
                if self._is_old:
                    self._bring_file_up_to_date()
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                raise output_error(self.path.parent, error) from error
            finally:
                if self._connection.in_transaction:  # an error, or the user's interrupt
                    self._connection.execute("ROLLBACK")

    def check_open(self) -> None:
        """Check that the run may be written to.

        Raises
        ------
        OutputError
            When it was closed or taken over, or its folder is gone.
        """
        if self._closed_because is not None:
            raise self._closed_because
        if self._is_closed:
            raise closed(self.path.parent)
        if not self.path.exists():
            raise gone(self.path)

    def refuse_writes(self, because: OutputError) -> None:
        """Raise this error at every write from now on: another one writes to the folder."""
        self._closed_because = because

    def _rows(self, sql: str, *parameters: object) -> list[Row]:
        with self._reading():
            return self._connection.execute(sql, parameters).fetchall()

    def _row(self, sql: str, *parameters: object) -> Any:
        return next(iter(self._rows(sql, *parameters)), None)

    def get(self, key: str) -> Any:
        """Read a fact of the run; None when it was never written."""
        row = self._row("SELECT value FROM run WHERE key = ?", key)
        with self._reading():
            return None if row is None else json.loads(row[0])

    def put(self, key: str, value: object) -> None:
        """Write a fact of the run, such as its task or its versions."""
        self.put_all({key: value})

    def put_all(self, facts: Mapping[str, object]) -> None:
        """Write facts of the run, all or none."""
        rows = [(key, json.dumps(value, sort_keys=True, default=str)) for key, value in facts.items()]
        with self._write() as db:
            db.executemany("INSERT OR REPLACE INTO run VALUES (?, ?)", rows)

    def forget_steps(self) -> None:
        """Take from the record how the run began and what was done; what chat models answered stays."""
        with self._write() as db:
            for table in ("links", "measurements", "candidates"):
                db.execute(f"DELETE FROM {table}")
            db.execute("DELETE FROM run WHERE key != 'schema'")

    def add_event(self, kind: str, detail: str) -> None:
        """Append an event."""
        with self._write() as db:
            db.execute("INSERT INTO events (kind, detail, time) VALUES (?, ?, ?)", (kind, detail, _now()))

    def events(self, kind: str) -> list[tuple[str, str]]:
        """List the events of a kind as (detail, time), the oldest first."""
        rows = self._rows("SELECT detail, time FROM events WHERE kind = ? ORDER BY number", kind)
        return [(str(detail), str(time)) for detail, time in rows]

    # --- candidates, their evaluations and fits -------------------------------------------------------------------

    def add_candidate(self, candidate: Candidate) -> int:
        """Record a candidate and return its number; the same one again keeps its number, and nothing is written."""
        query = "SELECT number FROM candidates WHERE id = ? AND phase = ? AND label = ?"
        key = (candidate.id, candidate.phase, candidate.label)
        if (known := self._row(query, *key)) is not None:
            return int(known[0])
        values = (
            *key, candidate.parent, candidate.author, candidate.reason, candidate.block,
            _dump_solution(candidate.solution), _now(),
        )  # fmt: skip
        with self._write() as db:
            db.execute(
                "INSERT OR IGNORE INTO candidates (id, phase, label, parent, author, reason, block, solution, time)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values,
            )
        return int(self._row(query, *key)[0])

    def candidates(self) -> list[Candidate]:
        """List every candidate in the order in which they were put up."""
        rows = self._rows(f"SELECT {_CANDIDATE} FROM candidates ORDER BY number")
        with self._reading():
            return [_load_candidate(row) for row in rows]

    def add_evaluation(self, number: int, repeats: int, score: float | None, folds: list[float], reason: str) -> None:
        """Record what came of a candidate, its score with the fold scores or why it has none; the first one stays."""
        if self._row("SELECT 1 FROM evaluations WHERE candidate = ? AND repeats = ?", number, repeats) is not None:
            return
        with self._write() as db:
            db.execute(
                "INSERT OR IGNORE INTO evaluations (candidate, repeats, score, fold_scores, reason, time)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (number, repeats, score, json.dumps(folds), reason, _now()),
            )

    def evaluations(self) -> list[RecordedEvaluation]:
        """List the evaluations in their order."""
        columns = ", ".join(f"c.{name}" for name in _CANDIDATE.split(", "))
        rows = self._rows(
            f"SELECT e.repeats, e.score, e.fold_scores, e.reason, {columns} FROM evaluations e"
            " JOIN candidates c ON c.number = e.candidate ORDER BY e.number"
        )
        with self._reading():
            return [
                RecordedEvaluation(_load_candidate(row), repeats, score, tuple(json.loads(folds or "[]")), reason or "")
                for repeats, score, folds, reason, *row in rows
            ]

    def fit(self, key: str, seconds_limit: float | None) -> FitResult | None:
        """Look up a fit; one that ran into a shorter time limit than the present one does not count."""
        row = self._row(
            "SELECT kind, reason, traceback, seconds_limit, fit_seconds, predict_seconds, peak_mb, warnings,"
            ' row_ms, "values", probabilities, train_values, train_probabilities FROM fits WHERE key = ?',
            key,
        )
        if row is None:
            return None
        kind, reason, traceback, limit, fit_seconds, predict_seconds, peak_mb, warnings, row_ms, *arrays = row
        if kind is not None:
            longer = kind == "timeout" and limit is not None and (seconds_limit is None or seconds_limit > limit)
            return None if longer else FitFailed(kind, reason, traceback)
        with self._reading():
            values, columns, train_values, train_columns = map(_load_array, arrays)
            if values is None:
                raise damaged(self.path, "a fit has no predictions")
            return Fitted(
                Predictions(values, columns),
                None if train_values is None else Predictions(train_values, train_columns),
                fit_seconds, predict_seconds, peak_mb, tuple(json.loads(warnings)), row_ms=row_ms,
            )  # fmt: skip

    def add_fit(self, key: str, solution: str, result: FitResult, seconds_limit: float | None) -> None:
        """Record a fit under its content key."""
        row_ms = result.row_ms if isinstance(result, Fitted) else None
        if isinstance(result, FitFailed):
            values: tuple[object, ...] = (result.kind, result.reason, result.traceback, seconds_limit, *[None] * 8)
        else:
            arrays = [
                _dump_array(None if p is None else getattr(p, name))
                for p in (result.predictions, result.train_predictions)
                for name in ("values", "columns")
            ]
            values = (
                None, None, None, None, result.fit_seconds, result.predict_seconds, result.peak_mb,
                json.dumps(list(result.warnings)), *arrays,
            )  # fmt: skip
        with self._write() as db:
            row = (key, solution, *values, _now(), row_ms)
            db.execute(f"INSERT OR REPLACE INTO fits VALUES ({','.join('?' * len(row))})", row)

    def count_fits(self) -> int:
        """Count the fits on record."""
        return int(self._row("SELECT COUNT(*) FROM fits")[0])

    # --- the chain ------------------------------------------------------------------------------------------------

    def link(self, token: str) -> Link | None:
        """Look up what was done under a token."""
        row = self._row(f"SELECT {_LINK} FROM links WHERE token = ?", token)
        return None if row is None else self._load_link(row)

    def links(self) -> list[Link]:
        """List all that was done, the oldest first."""
        return [self._load_link(row) for row in self._rows(f"SELECT {_LINK} FROM links ORDER BY number")]

    def add_link(self, link: Link) -> None:
        """Record what was done; the first record under a token stays."""
        if self.link(link.token) is not None:
            return
        values = (
            link.token, link.before, link.kind, link.name, json.dumps(link.asked, sort_keys=True, default=list),
            link.about, link.score, link.summary, link.evaluations, link.seconds, link.made_by, _now(),
        )  # fmt: skip
        with self._write() as db:
            db.execute(f"INSERT OR IGNORE INTO links ({_LINK}) VALUES ({','.join('?' * len(values))})", values)

    def _load_link(self, row: Row) -> Link:
        with self._reading():
            token, before, kind, name, asked, *rest = row
            return Link(token, before, kind, name, json.loads(asked), *rest)

    def measurement(self, link: str, place: str) -> Any:
        """Read what was measured at a place of the code under a link; None when it was not."""
        row = self._row("SELECT value FROM measurements WHERE link = ? AND place = ?", link, place)
        with self._reading():
            return None if row is None else json.loads(row[0])

    def add_measurement(self, link: str, place: str, value: object) -> None:
        """Record what was measured."""
        with self._write() as db:
            db.execute(
                "INSERT OR REPLACE INTO measurements VALUES (?, ?, ?)", (link, place, json.dumps(value, default=str))
            )

    def add_measured_event(self, link: str, kind: str, detail: str) -> None:
        """Append an event, once for each link."""
        place = f"{kind}: {detail}"
        if self.measurement(link, place) is not None:
            return
        with self._write() as db:
            db.execute("INSERT OR REPLACE INTO measurements VALUES (?, ?, ?)", (link, place, json.dumps(detail)))
            db.execute("INSERT INTO events (kind, detail, time) VALUES (?, ?, ?)", (kind, detail, _now()))

    # --- the chat model -------------------------------------------------------------------------------------------

    def reply(self, key: str) -> ReplyRecord | None:
        """Look up a chat model's reply."""
        row = self._row(f"SELECT {_REPLY} FROM replies WHERE key = ?", key)
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
        return [_load_reply(row) for row in self._rows(f"SELECT {_REPLY} FROM replies ORDER BY number")]

    def close(self) -> None:
        """Close the file."""
        self._is_closed = True
        self._connection.close()


_CANDIDATE = "solution, label, parent, author, reason, phase, block"
_LINK = "token, before, kind, name, asked, about, score, summary, evaluations, seconds, made_by, time"
_REPLY = "key, model, role, phase, attempt, text, reason, tokens_in, tokens_out, estimated, cost, seconds, prompt, time"


def _bring_up_to_date(connection: sqlite3.Connection, found: int) -> None:
    for version in range(found, SCHEMA):
        STEPS[version](connection)
    connection.execute("UPDATE run SET value = ? WHERE key = 'schema'", (json.dumps(SCHEMA),))


def _load_candidate(row: Row) -> Candidate:
    return Candidate(_load_solution(row[0]), *row[1:])


def _load_reply(row: Row) -> ReplyRecord:
    values = [*row[:9], bool(row[9]), *row[10:]]
    return ReplyRecord(*values)


def _is_new(path: Path) -> bool:
    """Whether there is no journal yet; an empty file beside those of a run is a damaged one."""
    if path.is_dir():
        raise damaged(path, "it is a folder")
    if not path.exists():
        return True
    if path.stat().st_size:
        return False
    if any((path.parent / name).exists() for name in ("solution.py", "report.json", "model", "service")):
        raise damaged(path, "it is empty")
    return True


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
