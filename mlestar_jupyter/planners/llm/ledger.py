"""What chat models cost: tokens and money by call, phase and run, and the stop before the limit is passed."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from threading import Lock

from mlestar_jupyter.errors import SettingError

Price = tuple[float, float]  # USD per million tokens, in and out
CHARACTERS_PER_TOKEN = 4
_FEWEST_CHARACTERS_PER_TOKEN = 3  # of an upper estimate: code and names of columns are cut finer than prose
_MILLION = 1_000_000
_VERSION = re.compile(r"-(?:\d{4}-\d{2}-\d{2}|\d{8}|latest)$")


@dataclass(frozen=True)
class Totals:
    """Sums over calls.

    Parameters
    ----------
    calls : int
        Answers asked for and paid for now.
    replayed : int
        Answers that were on record.
    tokens_in, tokens_out : int
    cost : float
        In USD; of calls without a known price nothing is counted (`unpriced`).
    unpriced : int
        Calls without a known price.
    estimated : int
        Calls whose tokens the server did not count.
    """

    calls: int = 0
    replayed: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    unpriced: int = 0
    estimated: int = 0


class Ledger:
    """The account of a run.

    Parameters
    ----------
    max_cost : float or None
        USD that the whole run may spend; None: no limit.
    price : tuple of float or None
        USD per million tokens in and out; None: as in ``prices.toml``.
    before : float
        USD that earlier sessions of the run have spent: they count towards the limit, and in no total of this one.

    Raises
    ------
    SettingError
        When the limit or a price is below 0.
    """

    def __init__(self, max_cost: float | None = None, price: Price | None = None, before: float = 0.0) -> None:
        if (max_cost is not None and not max_cost >= 0) or (price is not None and not min(price) >= 0):
            raise SettingError(
                f"The cost limit is {max_cost} and the price {price}.", mend="Give US dollars, 0 or more."
            )
        self.max_cost = max_cost
        self.phase = ""
        self._price = price
        self._reserved, self._before = 0.0, before
        self._phases: dict[str, Totals] = {}
        self._lock = Lock()

    def enter(self, phase: str) -> None:
        """Book what follows under a phase."""
        self.phase = phase

    @property
    def run(self) -> Totals:
        """Sums over all phases."""
        sums = Totals()
        for one in list(self._phases.values()):
            sums = _added(sums, one)
        return sums

    @property
    def phases(self) -> dict[str, Totals]:
        """Sums of each phase."""
        return dict(self._phases)

    def price_of(self, model: str) -> Price | None:
        """The price that counts for a model: the one given, or the published one, or None."""
        return self._price if self._price is not None else published_price(model)

    def check(self, model: str) -> None:
        """Refuse a limit that could not be held.

        Raises
        ------
        SettingError
            When there is a limit and no price.
        """
        if self.max_cost is not None and self.price_of(model) is None:
            raise SettingError(
                f"The price of {model} is not known, so that a limit of {self.max_cost:g} USD cannot be kept.",
                mend="Give it by --llm-price, as in 0.25,2 for a million tokens in and out; 0,0 for your own server.",
            )

    def cost_of(self, model: str, tokens_in: int, tokens_out: int) -> float | None:
        """What tokens cost, in USD."""
        price = self.price_of(model)
        return None if price is None else (tokens_in * price[0] + tokens_out * price[1]) / _MILLION

    def reserve(self, model: str, characters: int, most_out: int) -> float | None:
        """Set aside the most that a request may cost; None when the limit does not allow it.

        Parameters
        ----------
        model : str
        characters : int
            Of all that is sent.
        most_out : int
            Tokens that the answer may have.
        """
        most = self.cost_of(model, -(-characters // _FEWEST_CHARACTERS_PER_TOKEN), most_out) or 0.0
        with self._lock:
            spent = self._before + sum(totals.cost for totals in self._phases.values()) + self._reserved
            if self.max_cost is not None and spent + most > self.max_cost:
                return None
            self._reserved += most
        return most

    def spend(self, model: str, tokens_in: int, tokens_out: int, reserved: float) -> float | None:
        """Book what a request really took in place of what was set aside, and say what it cost."""
        cost = self.cost_of(model, tokens_in, tokens_out)
        self._book(Totals(tokens_in=tokens_in, tokens_out=tokens_out, cost=cost or 0.0), reserved)
        return cost

    def close_call(self, *, priced: bool, estimated: bool) -> None:
        """Count an answer that was asked for, whose requests are booked."""
        self._book(Totals(calls=1, unpriced=int(not priced), estimated=int(estimated)))

    def replay(self) -> None:
        """Count an answer that was on record."""
        self._book(Totals(replayed=1))

    def _book(self, what: Totals, reserved: float = 0.0) -> None:
        with self._lock:
            self._reserved = max(0.0, self._reserved - reserved)
            self._phases[self.phase] = _added(self._phases.get(self.phase, Totals()), what)


def estimated_tokens(text: str) -> int:
    """Tokens of a text, at four characters a token."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def published_price(model: str) -> Price | None:
    """A model's published price, or None; models of an Ollama server cost nothing.

    >>> published_price("openai:gpt-4o-mini-2024-07-18")
    (0.15, 0.6)
    """
    provider, _, name = model.partition(":")
    if provider == "ollama":
        return 0.0, 0.0
    listed = _prices().get(provider, {})
    found = listed.get(name) or listed.get(_VERSION.sub("", name))
    return None if found is None else (found[0], found[1])


def prices_as_of() -> str:
    """Month of the published prices."""
    return str(_read()["as_of"])


def _prices() -> dict[str, dict[str, list[float]]]:
    return {name: table for name, table in _read().items() if isinstance(table, dict)}


@cache
def _read() -> dict[str, object]:
    return tomllib.loads((Path(__file__).parent / "prices.toml").read_text(encoding="utf-8"))


def _added(one: Totals, other: Totals) -> Totals:
    return replace(one, **{name: getattr(one, name) + getattr(other, name) for name in Totals.__dataclass_fields__})
