"""The calls of a chat model: one row each, with the prompt and the reply to unfold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from mlestar_jupyter.core.journal import ReplyRecord
from mlestar_jupyter.core.texts import counted
from mlestar_jupyter.display.view import Section, View
from mlestar_jupyter.reports.overview import Overview

if TYPE_CHECKING:
    from mlestar_jupyter.reports.base import RunRecord

COLUMNS = ("call", "role", "phase", "tokens in", "tokens out", "USD", "seconds", "now")


@dataclass(frozen=True)
class Spent:
    """What calls took together.

    Parameters
    ----------
    calls : int
    tokens_in, tokens_out : int
    cost : float or None
        In US dollars, of the calls whose price is known; None where no price is.
    seconds : float
    """

    calls: int
    tokens_in: int
    tokens_out: int
    cost: float | None
    seconds: float

    @classmethod
    def of(cls, replies: Sequence[ReplyRecord]) -> Spent:
        """Sum up."""
        costs = [r.cost for r in replies if r.cost is not None]
        return cls(
            len(replies), sum(r.tokens_in for r in replies), sum(r.tokens_out for r in replies),
            sum(costs) if costs else None, sum(r.seconds for r in replies),
        )  # fmt: skip

    @property
    def words(self) -> str:
        """The sums in words."""
        if not self.calls:
            return "no calls yet"
        return f"{counted(self.calls, 'call')}, {self.tokens_in:,} + {self.tokens_out:,} tokens, {money(self.cost)}"

    def to_dict(self) -> dict[str, object]:
        """Plain values for ``report.json``."""
        return {
            "calls": self.calls, "tokens_in": self.tokens_in, "tokens_out": self.tokens_out, "cost_usd": self.cost,
            "seconds": round(self.seconds, 3),
        }  # fmt: skip


def money(cost: float | None) -> str:
    """Say an amount of US dollars; small ones keep their figures."""
    if cost is None:
        return "price not known"
    return f"{cost:.2f} USD" if cost >= 1 or not cost else f"{cost:.4f} USD"


def calls(run: RunRecord) -> Overview:
    """List all calls on record; what was asked before this session is replayed from here, for nothing."""
    replies = run.journal.replies()
    if not replies:
        why = "No chat model takes part." if run.llm is None else f"{run.llm.model} has given no reply yet."
        return Overview(View("Calls of the chat model", why))
    rows = [
        (n, r.role, r.phase, r.tokens_in, r.tokens_out, r.cost, round(r.seconds, 2), _now(run, r))
        for n, r in enumerate(replies, start=1)
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    sections = [Section(table=table), *(_unfolded(n, r) for n, r in enumerate(replies, start=1))]
    return Overview(View("Calls of the chat model", f"{Spent.of(replies).words}.", tuple(sections)))


def _now(run: RunRecord, reply: ReplyRecord) -> str:
    return "replayed" if reply.time < run.began else "asked"


def _unfolded(number: int, reply: ReplyRecord) -> Section:
    heading = f"{number} {reply.role}" + (f" ({reply.phase})" if reply.phase else "")
    outcome = reply.text if reply.text else f"No answer of use: {reply.reason}"
    return Section(heading, code=f"{reply.prompt}\n\n=== reply ===\n{outcome}", folded=True)
