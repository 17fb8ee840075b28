"""Events: they say what happened and draw nothing. Progress views, the journal and tests listen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mlestar_jupyter.core.evaluation import Evaluation


@dataclass(frozen=True)
class Started:
    """A phase has begun; `planned` evaluations at most, `seconds` at most (None: no limit)."""

    phase: str
    planned: int
    seconds: float | None


@dataclass(frozen=True)
class FoldDone:
    """One fold of a candidate was fitted and predicted (or replayed from the journal)."""

    phase: str
    label: str
    done: int
    total: int
    cached: bool


@dataclass(frozen=True)
class Work:
    """What one worker does now: which fold of which candidate, since how many seconds."""

    label: str
    fold: int
    folds: int
    seconds: float


@dataclass(frozen=True)
class Working:
    """What the workers do now; comes many times a second while they work."""

    work: tuple[Work, ...]


@dataclass(frozen=True, eq=False)
class Evaluated:
    """A candidate's evaluation is complete."""

    phase: str
    evaluation: Evaluation
    cached: bool


@dataclass(frozen=True)
class Note:
    """Something that a reader should know, in a sentence."""

    phase: str
    text: str


@dataclass(frozen=True)
class Sent:
    """The first request that a chat model is sent: what leaves the machine, in full."""

    role: str
    model: str
    text: str


@dataclass(frozen=True)
class Asked:
    """A chat model was asked, or its reply was on record (`cached`, which costs nothing).

    Parameters
    ----------
    role, model : str
    tokens_in, tokens_out : int
        Repairs counted in.
    cost : float or None
        In USD; None where no price is known.
    seconds : float
    cached : bool
    """

    role: str
    model: str
    tokens_in: int
    tokens_out: int
    cost: float | None
    seconds: float
    cached: bool


@dataclass(frozen=True)
class Finished:
    """A phase has ended; `complete` is False when time was up or it was interrupted."""

    phase: str
    seconds: float
    complete: bool


Event = Started | FoldDone | Working | Evaluated | Note | Sent | Asked | Finished
Listener = Callable[[Event], None]
