"""What is known of a model that is deployed: its scores, its verdict and its faults, on the card beside it."""

from __future__ import annotations

from dataclasses import dataclass

NEVER_SCORED = (
    "These figures are those of the same solution fitted on the development rows. The model here was fitted on all "
    "rows, those of the holdout too, and was never scored itself."
)

NOT_VALIDATED = "Not validated."


@dataclass(frozen=True)
class Card:
    """What a model's card says beyond what the model is.

    Parameters
    ----------
    verdict : str
        Of the validation, a sentence.
    scores : tuple of str
        A line each.
    faults : tuple of str
        Gates that failed, with what to do, a line each.
    despite : tuple of str
        Gates that would have stopped deployment.
    against : str
        Gates that failed, as the end of a sentence; empty for none.
    is_refitted : bool
        Whether the model was fitted on the holdout's rows, too.
    """

    verdict: str = NOT_VALIDATED
    scores: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    despite: tuple[str, ...] = ()
    is_refitted: bool = False
    against: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """All that it says, a paragraph each."""
        deployed = f"Deployed all the same, despite: {', '.join(self.despite)}." if self.despite else ""
        found = [f"Verdict of the validation. {self.verdict}", deployed, *self.faults, *self.scores]
        if self.scores and self.is_refitted:
            found.append(NEVER_SCORED)
        return tuple(line for line in found if line)
