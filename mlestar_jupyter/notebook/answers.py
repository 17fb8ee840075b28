"""What commands give back, and what they have in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from mlestar_jupyter.core.evaluation import Scored, on_same_folds
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.statistics import corrected_t_test
from mlestar_jupyter.display.numbers import number, p_value, with_interval
from mlestar_jupyter.errors import SettingError
from mlestar_jupyter.notebook.session import Session


@dataclass(frozen=True)
class Text:
    """Plain text to show as it is."""

    text: str

    def __repr__(self) -> str:
        return self.text


def shown(session: Session, result: Any) -> object:
    """The result as the user asked to see it."""
    return Text(result.view().text()) if session.plain else result


def ids(words: Sequence[str], count: int, usage: str) -> Sequence[str]:
    """Check that a command was given so many ids."""
    if len(words) != count:
        raise SettingError(
            f"{usage.split()[0]} needs {count} id{'s' * (count > 1)}.",
            mend=f"Write %mlestar {usage}; ids are in %mlestar tree.",
        )
    return words


def leave_blocks(session: Session, what: str, names: Iterable[str], *, replayed: bool) -> None:
    """Leave the cells of some blocks of the present solution; `replayed` where they were left once before."""
    from mlestar_jupyter.notebook.cells import Batch, block_cells

    workflow = session.need()
    session.leave(Batch(workflow.name, what, tuple(block_cells(workflow, workflow.score, tuple(names))), replayed))


def comparison(before: Scored, after: Scored, metric: Metric) -> str:
    """Say how two scores compare: with interval and p-value where they are of the same folds."""
    text = f"{metric.label} {number(before.score, 5)} → {number(after.score, 5)}"
    if not on_same_folds(before, after):
        return text + "; the folds are others now, so the two do not compare"
    pairs = zip(after.fold_scores, before.fold_scores, strict=True)
    gains = [metric.gain(new, old) for new, old in pairs]
    test = corrected_t_test(gains, before.n_train, before.n_test, most=metric.most_gain)
    gain = with_interval(test.mean, test.low, test.high, signed=True)
    verdict = "no clear difference"
    if test.p_value < 0.05:  # noqa: PLR2004
        verdict = "better" if test.mean > 0 else "worse"
    return f"{text}: {verdict} (gain {gain}, {p_value(test.p_value)})"
