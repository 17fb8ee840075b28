"""Papers: arXiv and Semantic Scholar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar
from xml.etree.ElementTree import Element, ParseError

from mlestar_jupyter.environment import Secret
from mlestar_jupyter.errors import ProviderError
from mlestar_jupyter.online import answers
from mlestar_jupyter.online.base import Query, Reference
from mlestar_jupyter.online.fetch import Fetcher, Request
from mlestar_jupyter.online.text import TITLE, plain, web_address

_ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV_WORDS, _SCHOLAR_WORDS = 4, 8


@dataclass(frozen=True)
class Arxiv:
    """Preprints; its terms of use allow one request in three seconds."""

    fetcher: Fetcher
    base: str = "https://export.arxiv.org"
    gap: float = 3.0
    name: ClassVar[str] = "arxiv"

    def phrase(self, query: Query) -> str:
        """A few words: a paper must have all of them."""
        return " ".join(query.words[:_ARXIV_WORDS])

    def search(self, query: str, limit: int) -> list[Reference]:
        """Ask for papers that have all the words."""
        wanted = " AND ".join(f"all:{word}" for word in query.split())
        request = Request(
            self.name, f"{self.base}/api/query", kind="xml", gap=self.gap,
            params={"search_query": wanted, "start": 0, "max_results": limit, "sortBy": "relevance"},
        )  # fmt: skip
        entries = self._parsed(self.fetcher.content(request)).findall(f"{_ATOM}entry")
        return answers.references(entries, partial(self._paper, query), limit)

    def _paper(self, query: str, entry: Element) -> Reference | None:
        url = web_address((entry.findtext(f"{_ATOM}id") or "").replace("http://arxiv.org", "https://arxiv.org"))
        title = plain(entry.findtext(f"{_ATOM}title"), TITLE)
        if not url or not title:
            return None
        day = answers.date(entry.findtext(f"{_ATOM}published"))
        return Reference(self.name, query, title, url, plain(entry.findtext(f"{_ATOM}summary")), day)

    def _parsed(self, content: bytes) -> Element:
        """Parse the feed; one that declares entities of its own is refused, for it may unfold to gigabytes."""
        from defusedxml import DefusedXmlException
        from defusedxml.ElementTree import fromstring

        try:
            feed: Element = fromstring(content, forbid_dtd=True)
        except (ParseError, DefusedXmlException, ValueError) as error:  # ValueError: an encoding that is not known
            raise ProviderError(
                f"{self.name}: the answer is not valid XML without declarations.",
                mend="Search again later, or leave it out of `providers`.",
            ) from error
        if feed.tag != f"{_ATOM}feed":
            raise answers.other_form(self.name)
        return feed


@dataclass(frozen=True)
class SemanticScholar:
    """Papers with their citations; without a key all users share one allowance."""

    fetcher: Fetcher
    base: str = "https://api.semanticscholar.org"
    key: Secret | None = None
    gap: float | None = None
    """By default a second with a key, and three without."""
    name: ClassVar[str] = "semantic_scholar"

    def phrase(self, query: Query) -> str:
        """The words as they are."""
        return " ".join(query.words[:_SCHOLAR_WORDS])

    def search(self, query: str, limit: int) -> list[Reference]:
        """Ask for papers."""
        gap = self.gap if self.gap is not None else 1.0 if self.key else 3.0
        request = Request(
            self.name, f"{self.base}/graph/v1/paper/search", gap=gap,
            params={"query": query, "limit": limit,
                    "fields": "title,abstract,url,year,publicationDate,citationCount,openAccessPdf"},
            headers={"x-api-key": self.key.reveal()} if self.key else {},
            mends={403: "Check SEMANTIC_SCHOLAR_API_KEY."},
        )  # fmt: skip
        answer = self.fetcher.json(request)
        if isinstance(answer, dict) and answer.get("total") == 0:  # then it leaves the list out
            return []
        return answers.references(answers.items(self.name, answer, "data"), partial(self._paper, query), limit)

    def _paper(self, query: str, item: Mapping[str, object]) -> Reference | None:
        url, title = web_address(item.get("url")), plain(item.get("title"), TITLE)
        if not url or not title:
            return None
        access = item.get("openAccessPdf")
        licence = plain(access.get("license"), 40) if isinstance(access, dict) else ""
        day = answers.date(item.get("publicationDate")) or answers.date(item.get("year"))
        cited = answers.count(item.get("citationCount"))
        return Reference(
            self.name, query, title, url, plain(item.get("abstract")), day, licence, count=cited, counted="citations"
        )
