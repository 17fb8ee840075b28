"""LEAK007: identifiers that are used, or an order of the rows that gives the target away."""

from __future__ import annotations

from mlestar_jupyter.checks.base import CheckInputs, Finding
from mlestar_jupyter.checks.leakage.base import LeakageDetector, columns_left, rank_effect
from mlestar_jupyter.display.numbers import p_value

_ROW_ORDER = 0.1


class RowOrder(LeakageDetector):
    """Looks for identifiers after the cleaning block, and for a rank correlation of row number and target."""

    code = "LEAK007"
    title = "Identifiers and row order"

    def look(self, inputs: CheckInputs) -> Finding:
        """Look at the columns that are left, and at the order."""
        after = columns_left(inputs).columns
        used = [name for name in inputs.task.names("identifier") if name in after]
        evidence = f"identifiers after the cleaning block: {', '.join(used) or 'none'}"
        remedy = f"Drop {', '.join(used)} in the cleaning block." if used else ""
        if inputs.task.time is None:
            effect, p = rank_effect(inputs.development.source.astype(float), inputs)
            evidence += f"; rank correlation of row number and target {effect:.3f} ({p_value(p)})"
            if effect > _ROW_ORDER and p < 0.001:  # noqa: PLR2004 - small tables reach 0.1 by chance
                order = "If the rows are in time order, give --time; if they come in batches, give --group."
                if inputs.task.group is not None:
                    order = "If the rows are in time order, give --time."
                remedy = f"{remedy} {order}".strip()
        return self.suspect(evidence, remedy) if remedy else self.clear(evidence)
