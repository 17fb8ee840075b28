"""How every role asks: its prompt, an answer by its schema, a check of ours, and one repair."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from threading import Lock
from typing import Protocol, Self, TypeVar

from pydantic import BaseModel

from mlestar_jupyter.core.blocks import PIPELINE_BLOCKS, block_hash
from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.environment import installed
from mlestar_jupyter.errors import BlockError, SettingError
from mlestar_jupyter.planners.llm.answers import SOURCE_LENGTH
from mlestar_jupyter.planners.llm.rendering import render
from mlestar_jupyter.planners.llm.sources import read_source
from mlestar_jupyter.planners.llm.text import LABEL_LENGTH, one_line
from mlestar_jupyter.problems.registry import problem_of

A = TypeVar("A", bound=BaseModel)
R = TypeVar("R")
_LIBRARIES = ("numpy", "scipy", "pandas", "sklearn", "lightgbm", "xgboost", "catboost", "skrub")


class Asks(Protocol):
    """Who talks to the model: gives an answer that keeps the schema, or None."""

    def ask(
        self,
        role: str,
        prompt: str,
        answer: type[A],
        *,
        system: str = "",
        attempt: int = 0,
        budget: Budget | None = None,
    ) -> A | None:
        """Ask for an answer, within the time of a budget; another attempt may have another reply."""


class Roles:
    """What all roles share.

    Parameters
    ----------
    chat : Asks
    describe : callable
        Gives the text about a task that may leave the machine.
    """

    def __init__(self, chat: Asks, describe: Callable[[Task], str]) -> None:
        self._chat = chat
        self._describe = describe
        self._labels: dict[str, str] = {}
        self._lock = Lock()
        self._budget = Budget()

    def within(self, budget: Budget) -> Self:
        """The same roles, which take no longer for an answer than the budget has left."""
        same = copy(self)
        same._budget = budget  # noqa: SLF001 - its own kind
        return same

    def _ask(self, role: str, answer: type[A], read: Callable[[A], R], task: Task, **values: object) -> R | None:
        """Ask, and read the answer; where it cannot be used, say why and ask once more.

        Parameters
        ----------
        read : callable
            Makes a value of the answer; raises BlockError or SettingError where it cannot be used.
        """
        prompt, system = render(role, **self._common(task), **values), render("system")
        reply = self._chat.ask(role, prompt, answer, system=system, budget=self._budget)
        if reply is None:
            return None
        try:
            return read(reply)
        except (BlockError, SettingError) as error:
            prompt = render("repair", prompt=prompt, problem=str(error))
        reply = self._chat.ask(role, prompt, answer, system=system, attempt=1, budget=self._budget)
        try:
            return None if reply is None else read(reply)
        except (BlockError, SettingError):
            return None  # twice is enough: the recipes go on alone

    def _common(self, task: Task) -> dict[str, object]:
        return {
            "about": self._describe(task),
            "problem": task.problem,
            "target_rules": problem_of(task).rules(task),
            "metric": f"{task.metric.label} ({task.metric.direction})",
            "needs_probabilities": task.metric.needs_probabilities,
            "libraries": [name for name in _LIBRARIES if installed(name)],
            "source_length": SOURCE_LENGTH,
        }

    def _label(self, text: str, otherwise: str, content: str) -> str:
        """Cut a label short, and tell it apart from one that was given to something else."""
        label = one_line(text, LABEL_LENGTH).strip("\"'`.:;, ") or otherwise
        key = block_hash(content)
        with self._lock:
            if self._labels.setdefault(label, key) == key:
                return label
            longer = f"{one_line(label, LABEL_LENGTH - 7)} ({key[:4]})"
            self._labels.setdefault(longer, key)
            return longer


def pipeline_blocks(solution: Solution) -> dict[str, str]:
    """Blocks that a model may be shown and may change: those of the pipeline, never the folds."""
    return {name: source for name, source in solution.blocks.items() if name in PIPELINE_BLOCKS}


def changed(solution: Solution, block: str, answer: str) -> Solution:
    """Put a block's source from an answer into a solution.

    Raises
    ------
    BlockError
        When it cannot be used, or changes nothing.
    """
    others: Mapping[str, str] = {} if block == "ensemble" else pipeline_blocks(solution)
    source = read_source(block, answer, others)
    new = solution.with_block(block, source)
    if new.id == solution.id:
        raise BlockError(
            f"The block {block!r} is the one that was given.", mend="Make the change, and give the whole block."
        )
    return new
