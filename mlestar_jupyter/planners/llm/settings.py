"""What was said of the chat model at the start."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelSettings:
    """The chat model and what it may do; a key is never among it.

    Parameters
    ----------
    model : str
        Provider and name: ``"openai:gpt-5"``.
    url : str or None
        Of a server of one's own.
    price : tuple of float or None
        US dollars for a million tokens sent and answered, where the model is in no list of prices.
    max_cost : float or None
        US dollars for the whole run.
    share_rows : int
        How many rows of the table the model is shown.
    """

    model: str
    url: str | None = None
    price: tuple[float, float] | None = None
    max_cost: float | None = None
    share_rows: int = 0
