"""The data analysis: types, missing values, outliers, the target, associated columns, patterns in time, quality."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api import types

from mlestar_jupyter.core.quoting import visible
from mlestar_jupyter.core.seeds import child_seed
from mlestar_jupyter.core.task import Column, Dataset, Task
from mlestar_jupyter.core.texts import as_text, counted
from mlestar_jupyter.data.alone import Alone, alone
from mlestar_jupyter.data.association import association, correlation_ratio, strongest_pairs
from mlestar_jupyter.data.issues import Issue, find_issues
from mlestar_jupyter.data.roles import typed_values
from mlestar_jupyter.display.figures import ACCENT, soften
from mlestar_jupyter.display.numbers import number
from mlestar_jupyter.display.view import Section, Status, View, Viewed
from mlestar_jupyter.modalities.registry import modality_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MAX_ROWS = 20_000
_BARS = 8
_STRONG = 0.9
"""Association from which it is measured what a column predicts alone."""


@dataclass(frozen=True, eq=False, repr=False)
class Profile(Viewed):
    """What the development rows look like.

    Parameters
    ----------
    task : Task
    table : DataFrame
        One row a column: role, distinct values, missing share, outlier share, share of the commonest value,
        association with the target (0 to 1), mean, lowest and highest value.
    target : DataFrame
        One row a class with its share, or the target's quantiles.
    pairs : list of (str, str, float)
        Numeric columns with the strongest rank correlation.
    time : dict
        Patterns in time; empty without a time column.
    issues : list of Issue
        The most severe first.
    n_rows, n_seen : int
        Development rows, and how many of them were looked at.
    y : ndarray
        Target of the rows looked at, for the chart.
    """

    task: Task
    table: pd.DataFrame
    target: pd.DataFrame
    pairs: list[tuple[str, str, float]]
    time: dict[str, Any]
    issues: list[Issue]
    n_rows: int
    n_seen: int
    y: np.ndarray

    def to_dict(self) -> dict[str, object]:
        """Plain values for ``report.json``."""
        return {
            "n_rows": self.n_rows,
            "n_seen": self.n_seen,
            "columns": _plain_records(self.table),
            "target": _plain_records(self.target),
            "pairs": [list(pair) for pair in self.pairs],
            "time": self.time,
            "issues": [asdict(issue) for issue in self.issues],
        }

    def view(self) -> View:
        """Show the issues first, then the chart and the tables."""
        missing = int((self.table["missing"] > 0).sum())
        summary = (
            f"{self.n_rows:,} development rows, {len(self.table)} columns, {missing} of them with missing values; "
        )
        summary += f"{counted(len(self.issues), 'quality issue')}." if self.issues else "no quality issue found."
        if self.n_seen < self.n_rows:
            summary += f" Figures are from a random {self.n_seen:,} rows."
        statuses: dict[str, Status] = {"high": "advice", "medium": "advice", "low": "info"}
        lines = tuple((statuses[i.severity], f"{i.text} {i.advice}") for i in self.issues)
        sections = [Section("Quality", lines=lines)] if lines else []
        sections.append(Section("At a glance", figure=self.figure(), alt=self._alt()))
        sections.append(Section("Target", table=self.target))
        if self.time:
            sections.append(Section("Time", _time_sentence(self.time, self.task)))
        sections.append(Section("Columns", table=self.table, folded=True))
        if self.pairs:
            pairs = pd.DataFrame(self.pairs, columns=["column", "and", "rank correlation"])
            sections.append(Section("Associated columns", table=pairs, folded=True))
        return View("Data analysis", summary, tuple(sections))

    def figure(self) -> Figure:
        """Draw the target, the missing shares and the strongest associations side by side."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(11, 2.9), layout="constrained")
        left, middle, right = figure.subplots(1, 3)
        self._draw_target(left)
        _draw_bars(
            middle, self._largest("missing"), "Missing values", "% of rows", empty="no missing values", percent=True
        )
        _draw_bars(
            right,
            self._largest("association"),
            f"Association with {self.task.target}",
            "0 none, 1 full",
            empty="none found",
        )
        return soften(figure)

    def _largest(self, figure: str) -> list[tuple[str, float]]:
        chosen = self.table[self.table[figure] > 0].nlargest(_BARS, figure)
        return list(zip(chosen["column"].tolist(), chosen[figure].tolist(), strict=True))

    def _draw_target(self, axes: Axes) -> None:
        name = self.task.target
        if self.task.classes:
            shown = self.target.head(_BARS)
            bars = list(zip(shown["class"].map(str).tolist(), shown["share"].tolist(), strict=True))
            _draw_bars(axes, bars, name, "% of rows", percent=True)
            return
        axes.hist(self.y, bins=30, color=ACCENT, rwidth=0.92)
        axes.set_title(_short(name, 40), fontsize=10)
        axes.set_ylabel("rows")

    def _alt(self) -> str:
        """Say in words what the chart shows."""
        if self.task.classes:
            classes = zip(self.target["class"], self.target["share"], strict=True)
            target = ", ".join(f"{label} {share:.1%}" for label, share in list(classes)[:_BARS])
        else:
            target = f"{number(self.y.min())} to {number(self.y.max())}, median {number(np.median(self.y))}"
        missing = ", ".join(f"{name} {share:.1%}" for name, share in self._largest("missing")) or "none"
        strong = ", ".join(f"{name} {value:.2f}" for name, value in self._largest("association")) or "none"
        return f"{self.task.target}: {target}; missing: {missing}; association with the target: {strong}"


def profile(dataset: Dataset) -> Profile:
    """Analyse the development rows; past 20,000 rows a seeded sample of them."""
    task, rows = dataset.task, dataset.development
    raw, y = rows.X, rows.y
    if len(rows) > _MAX_ROWS:
        generator = np.random.default_rng(child_seed(task.seed, "profile"))
        chosen = np.sort(generator.choice(len(rows), _MAX_ROWS, replace=False))
        raw, y = raw.iloc[chosen].reset_index(drop=True), y[chosen]
    typed = {c.name: typed_values(raw[c.name], c) for c in task.columns}
    table = pd.DataFrame([_describe(typed[c.name], rows.X[c.name], c, y, task) for c in task.columns])
    numbers = pd.DataFrame({c.name: typed[c.name] for c in task.columns if modality_of(c).is_amount}).astype(float)
    pairs = strongest_pairs(numbers) if numbers.shape[1] > 1 else []
    time = _time_patterns(typed[task.time], y, task) if task.time is not None else {}
    issues = find_issues(task, raw, y, table, pairs, _telling(table, typed, y, task))
    return Profile(task, table, _describe_target(y, task), pairs, time, issues, len(dataset.whole), len(raw), y)


def _telling(table: pd.DataFrame, typed: dict[str, pd.Series], y: np.ndarray, task: Task) -> dict[str, Alone]:
    """How well each of the columns most associated with the target predicts it alone."""
    strong = table[table["association"] > _STRONG].nlargest(_BARS, "association")["column"]
    measured = {c.name: modality_of(c).measured(typed[c.name]) for c in task.columns if c.name in set(strong)}
    return {
        name: alone(found.values, y, is_classification=bool(task.classes))
        for name in strong
        if (found := measured[name]) is not None
    }


def _describe(values: pd.Series, whole: pd.Series, column: Column, y: np.ndarray, task: Task) -> dict[str, Any]:
    """Describe one column in one row of the table.

    A value is missing where it is among all development rows; distinct values are those of the table where only some
    of the rows are looked at.
    """
    modality = modality_of(column)
    is_sample = len(values) < len(whole)
    row: dict[str, object] = {
        "column": column.name,
        "role": modality.word,
        "unique": column.n_unique if is_sample else int(values.nunique()),
        "missing": max(float(values.isna().mean()), float(whole.isna().mean())),
        "outliers": float("nan"),
        "top_share": float("nan"),
        "association": float("nan"),
        "mean": float("nan"),
        "lowest": "",
        "highest": "",
    }
    known = values.dropna()
    if known.empty:
        return row
    row["top_share"] = float(values.value_counts().iloc[0] / len(values))
    row |= modality.figures(known)
    measured = modality.measured(values)
    if measured is not None:
        row["association"] = association(
            measured.values, y, is_numeric=measured.is_numeric, is_classification=bool(task.classes)
        )
    return row


def _describe_target(y: np.ndarray, task: Task) -> pd.DataFrame:
    if task.classes:
        counts = np.bincount(y.astype(int), minlength=len(task.classes))
        table = pd.DataFrame({"class": list(task.classes), "rows": counts, "share": counts / len(y)})
        return table.sort_values("rows", ascending=False, kind="stable", ignore_index=True)
    numbers = pd.Series(y)
    figures = {
        "mean": numbers.mean(),
        "standard deviation": numbers.std(),
        "lowest": numbers.min(),
        "quarter": numbers.quantile(0.25),
        "median": numbers.median(),
        "three quarters": numbers.quantile(0.75),
        "highest": numbers.max(),
        "skewness": numbers.skew(),
        "distinct values": float(numbers.nunique()),
    }
    return pd.DataFrame({"figure": list(figures), "value": [float(v) for v in figures.values()]})


def _time_patterns(times: pd.Series, y: np.ndarray, task: Task) -> dict[str, Any]:
    """Measure trend, memory and season of the target; the rows are in time order already."""
    position = pd.Series(np.arange(len(y), dtype=float))
    trend = association(position, y, is_numeric=True, is_classification=bool(task.classes))
    found: dict[str, Any] = {"trend": trend, "from": as_text(times.min()), "to": as_text(times.max()), "seasons": {}}
    if task.form.is_ordinal and np.std(y[:-1]) > 0 and np.std(y[1:]) > 0:
        found["autocorrelation"] = float(np.corrcoef(y[:-1].astype(float), y[1:].astype(float))[0, 1])
    if types.is_numeric_dtype(times.dtype):
        return found
    stamps = pd.to_datetime(times, utc=True)
    steps = stamps.diff().iloc[1:]
    found["usual_step"] = str(steps.median())
    found["gaps"] = int((steps > 3 * steps.median()).sum()) if steps.median() > pd.Timedelta(0) else 0
    values = pd.Series(y).rank().to_numpy(dtype=float)
    for name, part in (("hour", stamps.dt.hour), ("weekday", stamps.dt.day_of_week), ("month", stamps.dt.month)):
        if task.form.is_ordinal and part.nunique() > 1:
            found["seasons"][name] = correlation_ratio(part.to_numpy(), values)
    return found


def _time_sentence(time: dict[str, Any], task: Task) -> str:
    sentence = f"From {time['from']} to {time['to']}"
    if "usual_step" in time:
        sentence += f", usually a row every {_in_words(pd.Timedelta(time['usual_step']))}"
        sentence += f", {counted(time['gaps'], 'step')} of more than three times that"
    sentence += f". Association of {task.target} with time: {time['trend']:.2f}"
    if "autocorrelation" in time:
        sentence += f"; with the row before: {time['autocorrelation']:.2f}"
    sentence += "".join(f"; with the {name}: {value:.2f}" for name, value in time["seasons"].items())
    return sentence + "."


def _in_words(step: pd.Timedelta) -> str:
    """Write a time between rows by its two largest units.

    >>> _in_words(pd.Timedelta("1h")), _in_words(pd.Timedelta("1 day 02:30:00")), _in_words(pd.Timedelta(0))
    ('1 hour', '1 day 2 hours', '0 seconds')
    """
    units = zip(step.components, ("day", "hour", "minute", "second", "millisecond"), strict=False)
    parts = [counted(number, unit) for number, unit in units if number]
    return " ".join(parts[:2]) or counted(0, "second")


def _draw_bars(
    axes: Axes, bars: list[tuple[str, float]], title: str, x_label: str, *, empty: str = "", percent: bool = False
) -> None:
    """Draw horizontal bars, the first on top, each with its figure."""
    axes.set_title(_short(title, 40), fontsize=10)
    if not bars:
        axes.text(0.5, 0.5, empty, ha="center", va="center", transform=axes.transAxes)
        axes.set_axis_off()
        return
    names, values = [_short(name, 22) for name, _ in bars], [100 * value if percent else value for _, value in bars]
    rows = range(len(bars), 0, -1)
    axes.barh(rows, values, color=ACCENT, height=0.7)
    for row, value in zip(rows, values, strict=True):
        axes.text(value, row, f" {value:.1f} %" if percent else f" {value:.2f}", va="center", fontsize=8)
    axes.set_yticks(list(rows), names, fontsize=8)
    axes.set_xlim(0, max(values) * 1.3)
    axes.set_ylim(min(0.4, len(bars) - 4 + 0.4), len(bars) + 0.6)  # a single bar stays a bar
    axes.set_xlabel(x_label, fontsize=8)


def _short(text: str, length: int) -> str:
    shown = visible(text)
    return shown if len(shown) <= length else shown[: length - 1] + "…"


def _plain_records(table: pd.DataFrame) -> list[dict[str, object]]:
    """Records for JSON: NaN becomes null."""
    records = table.to_dict(orient="records")
    return [{str(k): None if isinstance(v, float) and np.isnan(v) else v for k, v in row.items()} for row in records]
