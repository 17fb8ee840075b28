"""Whether a reference is about this very data set or competition: a solution from there may know the answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.online.base import Reference
from mlestar_jupyter.online.text import apart, folded, split_name
from mlestar_jupyter.online.vocabulary import vocabulary

_COMPETITIONS = ("/competitions/", "/c/")
_FEWEST_COLUMNS = 3
_DISTINCTIVE_LETTERS = 8
_SETS = ("dataset", "data set", "competition", "challenge")


@dataclass(frozen=True)
class Suspect:
    """What gives a table away: its name, its target, and those of its columns whose names hardly occur elsewhere.

    A reference is flagged when it

    - stands on the pages of a Kaggle competition, or
    - names the table: all words of its name in a row when there are two or more, a single word beside "dataset" or
      "competition", or
    - names the target and at least three distinctive columns (all, where there are only one or two); a column is
      distinctive when its name has two words or eight letters.
    """

    name: tuple[str, ...]
    target: str
    columns: tuple[str, ...]

    @classmethod
    def of(cls, task: Task, table: str) -> Suspect:
        """Take them from a task and the name of its table."""
        words = split_name(table.partition(".")[0])
        words = [w for w in words if w not in vocabulary("table_names")]
        distinctive = [c.name for c in task.columns if _is_distinctive(c.name)]
        columns = tuple(dict.fromkeys(folded(" ".join(split_name(name))) for name in distinctive))
        return cls(tuple(words), folded(" ".join(split_name(task.target)) or task.target), columns)

    def judge(self, reference: Reference) -> Reference:
        """Flag a reference that is about this very table, with the reason."""
        reason = self._reason(reference)
        return replace(reference, contaminated=True, contamination=reason) if reason else reference

    def _reason(self, reference: Reference) -> str:
        parts = urlsplit(reference.url)
        if (parts.hostname or "").removeprefix("www.") == "kaggle.com" and parts.path.startswith(_COMPETITIONS):
            return "it stands on the pages of a Kaggle competition"
        words = f"{reference.text} {parts.path}"
        text = folded(words) + folded(apart(words))
        if self._names_table(text):
            return f"it names the table ({' '.join(self.name)})"
        named = sum(column in text for column in self.columns)
        if self.target in text and 0 < min(_FEWEST_COLUMNS, len(self.columns)) <= named:
            return f"it names the target and {named} of the columns"
        return ""

    def _names_table(self, text: str) -> bool:
        if not self.name:
            return False
        name = folded(" ".join(self.name))
        if len(self.name) > 1:
            return name in text
        return any(f"{name}{s} " in text or f" {s}{name}" in text for s in map(_stripped, _SETS))


def _stripped(words: str) -> str:
    return folded(words).strip()


def _is_distinctive(name: str) -> bool:
    return len(split_name(name)) > 1 or len(name) >= _DISTINCTIVE_LETTERS
