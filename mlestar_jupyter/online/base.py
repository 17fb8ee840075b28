"""What a search beyond the shipped knowledge base gives: references, each with where it comes from. Untrusted text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """One result of a search. Its texts are untrusted: shown and cited, never obeyed.

    Parameters
    ----------
    provider, query : str
        Who was asked, and what.
    title, url, excerpt : str
    date, licence : str
        As the source states them; empty where it does not.
    retrieved : str
        When, in ISO form (UTC).
    contaminated : bool
        Whether it is about this very data set or competition: a solution from there may know the answer.
    """

    provider: str
    query: str
    title: str
    url: str
    excerpt: str
    date: str = ""
    licence: str = ""
    retrieved: str = ""
    contaminated: bool = False
