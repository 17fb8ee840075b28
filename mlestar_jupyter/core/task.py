"""A task: a table's columns and roles, its target, problem type, metric and split."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from mlestar_jupyter.core.contract import Contract
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Form
from mlestar_jupyter.core.split import Split

if TYPE_CHECKING:
    import pandas as pd

    from mlestar_jupyter.core.costs import Costs


_NOT_IN_ID = (
    "form", "notices", "n_sample", "rarest_class", "folding", "contract", "on_gpu", "has_equal_times",
    "n_aside", "costs",
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """What one input column is.

    Parameters
    ----------
    name : str
    role : str
        Names a modality. ``numeric`` also covers numbers that were read as text (see `stored_as_text`).
    n_unique : int
        Distinct values, missing ones not counted.
    missing : float
        Share of rows without a value, 0 to 1.
    stored_as_text : bool
        Numbers that the table holds as text; the contract for rows reads them.
    sentinels : tuple of float or str
        Values that stand for "missing", such as -999 or "?".
    """

    name: str
    role: str
    n_unique: int
    missing: float
    stored_as_text: bool = False
    sentinels: tuple[float | str, ...] = ()


@dataclass(frozen=True)
class Folding:
    """How many folds the rows allow.

    Parameters
    ----------
    count : int
    width : float
        Rows of a fold in time, times the usual tenth of all.
    inner : int
        How many folds can be made of the rows that a fit is given.
    """

    count: int = 5
    width: float = 1.0
    inner: int = 5

    def rows_in_time(self, n_rows: int) -> int:
        """How many rows each fold of a split in time tests."""
        return max(1, int(n_rows // 10 * self.width))


@dataclass(frozen=True)
class Task:
    """What is to be learned, from which table, and how it is judged.

    Parameters
    ----------
    target : str
    problem : str
        Name of the problem type, as `problems.registry` has it.
    form : Form
        Of the predictions.
    metric : Metric
    columns : tuple of Column
        Every input column in the table's order; the target is not among them.
    classes : tuple
        The target's own labels in the order of the class codes, the positive one last; empty for numbers.
    time, group : str or None
        Columns that order and group the rows.
    n_development, n_holdout : int
        Rows to learn from, and rows sealed until validation (0: none).
    seed : int
    data_id : str
        Hash of the table's content and of the split.
    notices : tuple of str
        What was noticed or decided on reading, one sentence each.
    panel : tuple of str
        Columns by whose agreement neighbouring rows were found to belong together, where no group is named.
    n_sample : int
        Development rows that candidates are compared on, where the table is too large for all; 0: all of them.
    rarest_class : float
        Share of the development rows that have the rarest class; 1 where there are none, or it is not known.
    folding : Folding
    contract : Contract
        How rows are read; it follows from the table, as `data_id` does.
    on_gpu : tuple of str
        Families of models that are fitted on a GPU.
    split : Split
        How the user wants rows to be split.
    has_equal_times : bool
        Whether several development rows have the same time; it follows from the table.
    n_aside : int
        Rows on neither side of the split: within its gap, or of a group that is on the other side.
    costs : Costs or None
        Of wrong answers, where the target has two classes; they decide the threshold, and no score.
    """

    target: str
    problem: str
    form: Form
    metric: Metric
    columns: tuple[Column, ...]
    classes: tuple[str | int | float | bool, ...]
    time: str | None
    group: str | None
    n_development: int
    n_holdout: int
    seed: int
    data_id: str
    notices: tuple[str, ...] = ()
    panel: tuple[str, ...] = ()
    n_sample: int = 0
    rarest_class: float = 1.0
    folding: Folding = field(default_factory=Folding)
    contract: Contract = field(default_factory=Contract)
    on_gpu: tuple[str, ...] = ()
    split: Split = field(default_factory=Split)
    has_equal_times: bool = False
    n_aside: int = 0
    costs: Costs | None = None

    @property
    def is_grouped(self) -> bool:
        """Whether rows belong together, by a column or by their order in the file."""
        return self.group is not None or bool(self.panel)

    @property
    def id(self) -> str:
        """Content hash: equal for the same table, target, metric, split and seed, whatever sample is compared on."""
        parts = {f.name: getattr(self, f.name) for f in fields(self)}
        for name in _NOT_IN_ID:
            parts.pop(name)
        if self.split == Split():
            parts.pop("split")  # tasks of before there was a choice keep their id
        parts |= {"metric": asdict(self.metric), "columns": [asdict(c) for c in self.columns]}
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]

    @property
    def n_compared(self) -> int:
        """Rows that candidates are compared on."""
        return self.n_sample or self.n_development

    def names(self, *roles: str) -> list[str]:
        """Names of the columns that have one of the roles, in the table's order, the group column left out."""
        return [c.name for c in self.columns if c.role in roles and c.name != self.group]

    def describe(self) -> str:
        """One sentence: what is predicted from what, and how it is judged."""
        order = f", ordered by {self.time}" if self.time else ""
        order += f", grouped by {self.group}" if self.group else ""
        order += ", grouped by runs of rows that agree" if self.panel else ""
        order += f", split by {self.split}" if self.split != Split() else ""
        sample = f" (candidates are compared on {self.n_sample:,} of them)" if self.n_sample else ""
        return (
            f"{self.problem} task: predict {self.target} from {len(self.columns)} columns; "
            f"{self.n_development:,} rows to learn from{sample}, {self.n_holdout:,} sealed as the holdout{order}; "
            f"metric {self.metric.label} ({self.metric.direction})"
        )


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of the table, apart into inputs and target.

    Parameters
    ----------
    X : DataFrame of shape (n_rows, n_columns)
        Every input column as the contract reads it, index 0 to n-1.
    y : ndarray of shape (n_rows,)
        Class codes (int) or numbers (float).
    groups : ndarray of shape (n_rows,) or None
    source : ndarray of shape (n_rows,)
        Positions of the rows in the table as read.
    """

    X: pd.DataFrame
    y: np.ndarray
    groups: np.ndarray | None
    source: np.ndarray

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.y)

    @cached_property
    def content(self) -> str:
        """Hash of the inputs: names, types and values in their order, computed once; what is cached is named by it."""
        import pandas as pd

        digest = hashlib.sha256(repr([(name, str(dtype)) for name, dtype in self.X.dtypes.items()]).encode())
        digest.update(pd.util.hash_pandas_object(self.X, index=False).to_numpy().tobytes())
        return digest.hexdigest()

    def take(self, positions: np.ndarray) -> Rows:
        """Those at some positions, in that order."""
        groups = None if self.groups is None else self.groups[positions]
        X = self.X.iloc[positions].reset_index(drop=True)
        return Rows(X, self.y[positions], groups, self.source[positions])


def _tell_nobody(reason: str) -> None:
    del reason


@dataclass(eq=False)
class Holdout:
    """The sealed rows: each opening is reported to `on_open` before the rows are handed out."""

    _rows: Rows | None
    on_open: Callable[[str], None] = field(default=_tell_nobody)

    def __len__(self) -> int:
        """Count the rows, which needs no opening."""
        return 0 if self._rows is None else len(self._rows)

    def count_classes(self, n_classes: int) -> np.ndarray:
        """Count the rows of each class, which needs no opening: whoever has the table knows them."""
        codes = np.array([], dtype=int) if self._rows is None else self._rows.y.astype(int)
        return np.bincount(codes, minlength=n_classes)

    def open(self, reason: str) -> Rows | None:
        """Hand out the rows, or None when the task has no holdout."""
        self.on_open(reason)
        return self._rows


@dataclass(frozen=True, eq=False)
class Dataset:
    """A task with its rows: `development` to learn from, `holdout` sealed.

    Parameters
    ----------
    task : Task
    development : Rows
        Those that candidates are compared on: all outside of the holdout, or the stated sample of a large table.
    holdout : Holdout
    everything : Rows or None
        All rows outside of the holdout, where `development` is a sample of them.
    aside : Rows or None
        Rows on neither side of the split, for the last fit alone.
    has_own_holdout : bool
        Whether the holdout was given as a table of its own.
    unknown_labels : str
        How many of its rows are left out since their labels are not known; empty for none.
    """

    task: Task
    development: Rows
    holdout: Holdout
    everything: Rows | None = None
    aside: Rows | None = None
    has_own_holdout: bool = False
    unknown_labels: str = ""

    @property
    def whole(self) -> Rows:
        """All rows outside of the holdout: the final model is fitted on them."""
        return self.development if self.everything is None else self.everything
