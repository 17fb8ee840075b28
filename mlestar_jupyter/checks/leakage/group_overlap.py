"""LEAK005: with a group column, groups on both sides of the split."""

from __future__ import annotations

from mlestar_jupyter.checks.base import CheckInputs, Finding
from mlestar_jupyter.checks.leakage.base import LeakageDetector
from mlestar_jupyter.core.texts import counted


class GroupOverlap(LeakageDetector):
    """Looks for groups that are among the development rows and in the holdout."""

    code = "LEAK005"
    title = "Groups across the split"
    needs = ("group", "holdout")

    def look(self, inputs: CheckInputs) -> Finding:
        """Compare the groups."""
        assert inputs.holdout is not None
        name = inputs.task.group
        shared = set(inputs.development.X[name].dropna()) & set(inputs.holdout.X[name].dropna())
        if not shared:
            return self.clear("no group is on both sides")
        evidence = f"on both sides of the split: {counted(len(shared), 'group')}"
        if inputs.task.time is None:
            return self.found(evidence, f"Give a --test table with other values of {name}.")
        return self.suspect(
            f"{evidence}: the split is by time",
            f"If the model is for new values of {name}, give a --test table that has only such.",
        )
