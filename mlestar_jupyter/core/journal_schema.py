"""The journal's tables, and how those of earlier versions become the present ones: one step a version, in order."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol

SCHEMA = 3

TABLES = """
CREATE TABLE IF NOT EXISTS run (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS candidates (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, phase TEXT NOT NULL, label TEXT NOT NULL, parent TEXT,
    author TEXT NOT NULL, reason TEXT NOT NULL, block TEXT, solution TEXT NOT NULL, time TEXT NOT NULL,
    UNIQUE (id, phase, label));
CREATE TABLE IF NOT EXISTS fits (
    key TEXT PRIMARY KEY, solution TEXT NOT NULL, kind TEXT, reason TEXT, traceback TEXT, seconds_limit REAL,
    fit_seconds REAL, predict_seconds REAL, peak_mb REAL, warnings TEXT,
    "values" BLOB, probabilities BLOB, train_values BLOB, train_probabilities BLOB, time TEXT NOT NULL,
    row_ms REAL);
CREATE TABLE IF NOT EXISTS evaluations (
    number INTEGER PRIMARY KEY, candidate INTEGER NOT NULL REFERENCES candidates (number), repeats INTEGER NOT NULL,
    score REAL, fold_scores TEXT, reason TEXT, time TEXT NOT NULL, UNIQUE (candidate, repeats));
CREATE TABLE IF NOT EXISTS links (
    number INTEGER PRIMARY KEY, token TEXT NOT NULL UNIQUE, before TEXT NOT NULL, kind TEXT NOT NULL,
    name TEXT NOT NULL, asked TEXT NOT NULL, about TEXT, score REAL, summary TEXT NOT NULL,
    evaluations INTEGER NOT NULL, seconds REAL NOT NULL, made_by TEXT NOT NULL, time TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS measurements (
    link TEXT NOT NULL, place TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (link, place));
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, detail TEXT NOT NULL, time TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS replies (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, model TEXT NOT NULL, role TEXT NOT NULL,
    phase TEXT NOT NULL, attempt INTEGER NOT NULL, text TEXT NOT NULL, reason TEXT NOT NULL,
    tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL, estimated INTEGER NOT NULL, cost REAL,
    seconds REAL NOT NULL, prompt TEXT NOT NULL, time TEXT NOT NULL);
"""


class Database(Protocol):
    """What a step needs of a connection."""

    def execute(self, sql: str, parameters: Any = ..., /) -> Any:
        """Run one statement."""


def _links_instead_of_phases(db: Database) -> None:
    """Version 2: what was done is one chain of links; before, phases and decisions stood side by side."""
    for statement in TABLES.split(";")[:-1]:
        db.execute(statement)
    found = db.execute("SELECT value FROM run WHERE key = 'versions'").fetchone()
    made_by = str(json.loads(found[0]).get("mlestar-jupyter", "0.1.0")) if found else "0.1.0"
    phases = db.execute("SELECT name, settings, evaluations, seconds, time FROM phases ORDER BY time, rowid").fetchall()
    waiting = {(name, _canonical(json.loads(settings))): rest for name, settings, *rest in phases}
    before = ""
    actions = db.execute("SELECT detail, time FROM events WHERE kind = 'action' ORDER BY number").fetchall()
    for number, (detail, time) in enumerate(actions):
        action = json.loads(detail)
        kind, name = next(iter(action.items()))
        token, asked, cost = f"1/{number}", {k: v for k, v in action.items() if k != kind}, [0, 0.0]
        if kind == "phase":
            asked = action.get("settings", {})
            cost = (waiting.get((name, _canonical(asked))) or [0, 0.0])[:2]
        db.execute(
            "INSERT INTO links (token, before, kind, name, asked, summary, evaluations, seconds, made_by, time)"
            " VALUES (?, ?, ?, ?, ?, '', ?, ?, ?, ?)",
            (token, before, kind, str(name), json.dumps(asked), *cost, made_by, time),
        )
        before = token
    db.execute("DELETE FROM events WHERE kind = 'action'")
    db.execute("DROP TABLE phases")


def _time_of_a_row(db: Database) -> None:
    """Version 3: a fit has the time of one row; of earlier fits it is not known."""
    if "row_ms" not in {name for _, name, *_ in db.execute("PRAGMA table_info(fits)").fetchall()}:
        db.execute("ALTER TABLE fits ADD COLUMN row_ms REAL")


def _canonical(settings: dict[str, Any]) -> str:
    return json.dumps(settings, sort_keys=True)


STEPS: dict[int, Callable[[Database], None]] = {1: _links_instead_of_phases, 2: _time_of_a_row}
"""From which version each step leads to the next."""
