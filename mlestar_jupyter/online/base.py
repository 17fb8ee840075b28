"""What a search beyond the shipped knowledge base asks and gives: references, each with where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


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
    contamination : str
        Why it is taken for that, in words of ours.
    count : int
        Of citations, votes, downloads or stars; 0 where the provider counts none.
    counted : str
        What is counted.
    also : tuple of str
        Other providers that found it too.
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
    contamination: str = ""
    count: int = 0
    counted: str = ""
    also: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Title and excerpt, to look for words in."""
        return f"{self.title} {self.excerpt}"


@dataclass(frozen=True)
class Query:
    """What is looked for, as words: each provider takes those that its search can use.

    Parameters
    ----------
    words : tuple of str
        All words, the most telling first.
    domain : tuple of str
        What the table is about.
    methods : tuple of str
        Models or techniques to learn more about.
    """

    words: tuple[str, ...]
    domain: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()


class Provider(Protocol):
    """A service that can be searched."""

    @property
    def name(self) -> str:
        """Short name, as in the setting `providers`."""

    def phrase(self, query: Query) -> str:
        """What it would be asked for a query; "" when there is nothing to ask it."""

    def search(self, query: str, limit: int) -> list[Reference]:
        """Ask it; who keeps the references says when they were retrieved.

        Raises
        ------
        ProviderError
            When it gives no usable answer: one line without keys, addresses with parameters or words of its answer.
        """
