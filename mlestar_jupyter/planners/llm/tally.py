"""What one answer took: tokens, money and seconds of its requests, repairs and retries included."""

from __future__ import annotations

from dataclasses import dataclass

from mlestar_jupyter.planners.llm.ledger import CHARACTERS_PER_TOKEN, estimated_tokens
from mlestar_jupyter.planners.llm.transport import Received


@dataclass
class Tally:
    """Sums over the requests for one answer.

    Parameters
    ----------
    cost : float or None
        In USD; None where no price is known.
    is_estimated : bool
        Tokens of a request were not counted by the server.
    """

    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = 0.0
    is_estimated: bool = False
    seconds: float = 0.0

    def add(self, received: Received, characters: int, seconds: float) -> tuple[int, int]:
        """Add a request, and say its tokens in and out: the server's count, or else four characters a token."""
        self.is_estimated |= received.tokens_in is None or received.tokens_out is None
        tokens_in, tokens_out = received.tokens_in, received.tokens_out
        if tokens_in is None or tokens_out is None:
            tokens_in, tokens_out = -(-characters // CHARACTERS_PER_TOKEN), estimated_tokens(received.text)
        self.tokens_in += tokens_in
        self.tokens_out += tokens_out
        self.seconds += seconds
        return tokens_in, tokens_out

    def pay(self, cost: float | None) -> None:
        """Add what a request cost."""
        self.cost = None if cost is None or self.cost is None else self.cost + cost
