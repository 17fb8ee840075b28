"""The verdict: ready or not, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from mlestar_jupyter.display.view import Section, View, Viewed
from mlestar_jupyter.phases.validation.gates.base import GATE_WORDS, Gate, GateVerdict

Readiness = Literal["ready", "not ready", "not measured"]
NEEDED = ("improvement", "generalisation", "leakage")
"""Gates without whose figure there is no verdict."""
LATER = ("service", "monitoring")
"""Gates that do not count before their phases have run."""
_OPTIONAL = (*LATER, "target score", "model size")


@dataclass(frozen=True, eq=False, repr=False)
class Verdict(Viewed):
    """What the gates come to.

    Parameters
    ----------
    gates : tuple of Gate
    """

    gates: tuple[Gate, ...]

    @property
    def word(self) -> Readiness:
        """Not ready when a gate fails, not measured when one lacks its figure that is needed, else ready."""
        if self._named("fail"):
            return "not ready"
        if not self.gates:
            return "not measured"
        return "not measured" if self._lacking else "ready"

    @property
    def sentence(self) -> str:
        """The word with its reasons, then what to do."""
        if not self.gates:
            return "Not measured: validation has not run. What to do: Run %%mlestar validation."
        failed, advised = self._named("fail"), self._named("advice")
        unmeasured = [g for g in self._named("not measured") if g.name not in _OPTIONAL]
        if failed:
            return f"Not ready: {_names(failed)}.{_to_do(failed)}"
        if self._lacking:
            reasons = ", ".join(f"{g.name} ({g.words})" for g in self._lacking)
            return f"Not measured: {reasons}.{_to_do(self._lacking)}"
        if not advised and not unmeasured:
            return "Ready: all gates are passed."
        ready = f"Ready, with advice on {_names(advised)}" if advised else "Ready"
        ready += f"; not measured: {_names(unmeasured)}" if unmeasured else ""
        return f"{ready}.{_to_do(advised)}"

    @property
    def _lacking(self) -> list[Gate]:
        return [g for g in self._named("not measured") if g.name in NEEDED]

    def _named(self, verdict: GateVerdict) -> list[Gate]:
        return [g for g in self.gates if g.verdict == verdict]

    @property
    def table(self) -> pd.DataFrame:
        """One row a gate, failed ones first."""
        return gates_table(self.gates)

    def view(self) -> View:
        """The sentence, then the gates."""
        return View("Verdict", self.sentence, (Section("Gates", table=self.table),))

    def __str__(self) -> str:
        return self.sentence

    def __eq__(self, other: object) -> bool:
        """Compare with a word, as in ``workflow.verdict == "ready"``."""
        return self.word == other if isinstance(other, str) else self is other

    __hash__ = object.__hash__


def gates_table(gates: Sequence[Gate]) -> pd.DataFrame:
    """Lay gates out for reading: what failed comes first, what was not measured last."""
    order = list(GATE_WORDS)
    rows = sorted(gates, key=lambda g: order.index(g.verdict))
    columns = ["gate", "verdict", "figure", "limit", "what to do"]
    return pd.DataFrame([[g.name, GATE_WORDS[g.verdict], g.words, g.limit, g.remedy] for g in rows], columns=columns)


def _names(gates: Sequence[Gate]) -> str:
    return ", ".join(g.name for g in gates)


def _to_do(gates: Sequence[Gate]) -> str:
    remedies = " ".join(dict.fromkeys(g.remedy for g in gates if g.remedy))
    return f" What to do: {remedies}" if remedies else ""
