"""LEAK004: with a time column, holdout rows from before the development rows end."""

from __future__ import annotations

from mlestar_jupyter.checks.base import CheckInputs, Finding
from mlestar_jupyter.checks.leakage.base import LeakageDetector


class TimeOrder(LeakageDetector):
    """Compares the end of the development rows with the beginning of the holdout."""

    code = "LEAK004"
    title = "Order in time"
    needs = ("time", "holdout")

    def look(self, inputs: CheckInputs) -> Finding:
        """Compare the times."""
        assert inputs.holdout is not None
        ours, theirs = inputs.development.X[inputs.task.time], inputs.holdout.X[inputs.task.time]
        last, first = ours.max(), theirs.min()
        if first < last:
            early = int((theirs < last).sum())
            text = f"the holdout begins at {first}, before {last}: {early} of its {len(theirs)} rows are too early"
            return self.found(text, f"Give a --test table of rows after {last}.")
        return self.clear(f"development rows end at {last}, the holdout begins at {first}")
