"""General web search: Tavily, SearXNG, DuckDuckGo."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from mlestar_jupyter.environment import Secret, require
from mlestar_jupyter.errors import ProviderError
from mlestar_jupyter.online import answers
from mlestar_jupyter.online.base import Query, Reference
from mlestar_jupyter.online.fetch import Fetcher, Request
from mlestar_jupyter.online.text import TITLE, plain, web_address

_MOST_WORDS = 10
_TEXT_SEARCH_SECONDS = 10


def _pages(
    provider: str, query: str, found: Iterable[Mapping[str, object]], keys: tuple[str, str, str], limit: int
) -> list[Reference]:
    """Pages as references; none without an address on the web.

    Parameters
    ----------
    keys : tuple of str
        Under which a result has its address, its text and its day.
    """

    def read(item: Mapping[str, object]) -> Reference | None:
        address, text, day = (item.get(key) for key in keys)
        url = web_address(address)
        named = plain(item.get("title"), TITLE) or url
        return Reference(provider, query, named, url, plain(text), answers.date(day)) if url else None

    return answers.references(found, read, limit)


@dataclass(frozen=True)
class Tavily:
    """Tavily's search for programs; without a key in its keyless mode, which it limits more."""

    fetcher: Fetcher
    base: str = "https://api.tavily.com"
    key: Secret | None = None
    gap: float = 1.0
    name: ClassVar[str] = "tavily"

    def phrase(self, query: Query) -> str:
        """The words as they are."""
        return " ".join(query.words[:_MOST_WORDS])

    def search(self, query: str, limit: int) -> list[Reference]:
        """Ask for pages."""
        access = {"Authorization": f"Bearer {self.key.reveal()}"} if self.key else {"X-Tavily-Access-Mode": "keyless"}
        spent = "Its plan is used up: wait, or give TAVILY_API_KEY of another one."
        request = Request(
            self.name, f"{self.base}/search", headers=access, gap=self.gap,
            body={"query": query, "max_results": limit, "search_depth": "basic", "topic": "general"},
            mends={401: "Check TAVILY_API_KEY.", 432: spent, 433: spent},
        )  # fmt: skip
        found = answers.items(self.name, self.fetcher.json(request), "results")
        return _pages(self.name, query, found, ("url", "content", "published_date"), limit)


@dataclass(frozen=True)
class SearXNG:
    """A SearXNG instance of one's own: it asks many engines, and needs no key."""

    fetcher: Fetcher
    base: str
    key: Secret | None = None
    """User and password of an instance behind basic authentication, encoded as the header wants it."""
    gap: float = 1.0
    name: ClassVar[str] = "searxng"

    def phrase(self, query: Query) -> str:
        """The words as they are."""
        return " ".join(query.words[:_MOST_WORDS])

    def search(self, query: str, limit: int) -> list[Reference]:
        """Ask for pages."""
        request = Request(
            self.name, f"{self.base}/search", {"q": query, "format": "json"}, gap=self.gap,
            headers={"Authorization": f"Basic {self.key.reveal()}"} if self.key else {},
            mends={403: "Its settings.yml must list json below search.formats."},
        )  # fmt: skip
        found = answers.items(self.name, self.fetcher.json(request), "results")
        return _pages(self.name, query, found, ("url", "content", "publishedDate"), limit)


TextSearch = Callable[[str, int], Sequence[Mapping[str, object]]]


def _ddgs(query: str, limit: int) -> Sequence[Mapping[str, object]]:
    """Ask through the package ddgs, which reads the pages of search engines; it brings a client of its own."""
    package = require("ddgs", extra="web", purpose="A search by DuckDuckGo")
    failures = require("ddgs.exceptions", extra="web", purpose="A search by DuckDuckGo")
    try:
        return list(package.DDGS(timeout=_TEXT_SEARCH_SECONDS).text(query, max_results=limit))
    except failures.DDGSException as error:
        if str(error).startswith("No results"):
            return []
        raise ProviderError(
            f"duckduckgo: no answer ({type(error).__name__}).", mend="Search again later, or use another provider."
        ) from None


@dataclass(frozen=True)
class DuckDuckGo:
    """DuckDuckGo, by an optional package: only where `providers` names it."""

    text: TextSearch = _ddgs
    name: ClassVar[str] = "duckduckgo"

    def phrase(self, query: Query) -> str:
        """The words as they are."""
        return " ".join(query.words[:_MOST_WORDS])

    def search(self, query: str, limit: int) -> list[Reference]:
        """Ask for pages."""
        return _pages(self.name, query, self.text(query, limit), ("href", "body", ""), limit)
