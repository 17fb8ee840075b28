"""Hubs of models, data sets, notebooks and code: Hugging Face, OpenML, Kaggle, GitHub."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import ClassVar
from urllib.parse import quote

from mlestar_jupyter.environment import Secret
from mlestar_jupyter.online import answers
from mlestar_jupyter.online.base import Query, Reference
from mlestar_jupyter.online.fetch import Fetcher, Request
from mlestar_jupyter.online.text import TITLE, plain, web_address

_MOST_DESCRIBED = 3
_MOST_COLUMNS = 60
_KINDS = ("regression", "classification")
"""As the hub tags models for tables."""
_QUALITIES = {"NumberOfInstances": "rows", "NumberOfFeatures": "columns", "NumberOfClasses": "classes"}
_HUB_WORDS = 4


def _bearer(key: Secret | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {key.reveal()}"} if key else {}


@dataclass(frozen=True)
class HuggingFace:
    """Models for tables on the Hugging Face Hub, with what their cards say of themselves."""

    fetcher: Fetcher
    base: str = "https://huggingface.co"
    key: Secret | None = None
    gap: float = 1.0
    name: ClassVar[str] = "huggingface"

    def phrase(self, query: Query) -> str:
        """The kind of problem and one word: the hub looks for it in models' names."""
        kind = next((kind for kind in _KINDS if kind in query.words), _KINDS[-1])
        return f"{kind} {(query.methods or query.domain or ('tabular',))[0]}"

    def search(self, query: str, limit: int) -> list[Reference]:
        """Ask for models of that kind with that word in their names, the most used first."""
        kind, _, word = query.partition(" ")
        request = Request(
            self.name, f"{self.base}/api/models", headers=_bearer(self.key), gap=self.gap,
            params={"search": word, "pipeline_tag": f"tabular-{kind}", "sort": "downloads", "limit": limit,
                    "full": "true"},
            mends={401: "Check HF_TOKEN.", 403: "Check HF_TOKEN."},
        )  # fmt: skip
        models = answers.items(self.name, self.fetcher.json(request))
        return answers.references(models, partial(self._model, query), limit)

    def _model(self, query: str, model: Mapping[str, object]) -> Reference | None:
        title = plain(model.get("id"), TITLE)
        if not title:
            return None
        tags = answers.words(model.get("tags"), 40)
        licence = next((tag.partition(":")[2] for tag in tags if tag.startswith("license:")), "")
        library = plain(model.get("library_name"), 40)
        about = [f"Model card: {plain(model.get('pipeline_tag'), 40)}", f"library {library}" if library else ""]
        about += [f"tags {', '.join(t for t in tags if ':' not in t)}"]
        downloads = answers.count(model.get("downloads"))
        return Reference(
            self.name, query, title, f"https://huggingface.co/{quote(title)}", plain("; ".join(filter(None, about))),
            answers.date(model.get("lastModified")), licence, count=downloads, counted="downloads",
        )  # fmt: skip


@dataclass(frozen=True)
class OpenML:
    """Data sets of OpenML with their columns: above all to see whether this very table is public."""

    fetcher: Fetcher
    base: str = "https://www.openml.org"
    gap: float = 1.0
    name: ClassVar[str] = "openml"

    def phrase(self, query: Query) -> str:
        """What the table is about, in a word: data sets are found by their whole name."""
        return query.domain[0] if query.domain and not query.methods else ""

    def search(self, query: str, limit: int) -> list[Reference]:
        """Ask for the data sets of that name."""
        request = Request(
            self.name, f"{self.base}/api/v1/json/data/list/data_name/{quote(query, safe='')}/limit/{limit}",
            gap=self.gap, stands_for={412: b'{"data": {"dataset": []}}'},
        )  # fmt: skip
        sets = answers.items(self.name, self.fetcher.json(request), "data", "dataset")
        described = count()
        return answers.references(sets, lambda item: self._data_set(query, item, described), limit)

    def _data_set(self, query: str, item: Mapping[str, object], described: Iterator[int]) -> Reference | None:
        number, title = answers.count(item.get("did")), plain(item.get("name"), TITLE)
        if not number or not title:
            return None
        columns = self._columns(number) if next(described) < _MOST_DESCRIBED else ""  # a request of its own
        excerpt = plain("; ".join(filter(None, ["Data set", columns, *_qualities(item.get("quality"))])))
        return Reference(self.name, query, title, f"https://www.openml.org/d/{number}", excerpt)

    def _columns(self, number: int) -> str:
        request = Request(self.name, f"{self.base}/api/v1/json/data/features/{number}", gap=self.gap)
        features = answers.items(self.name, self.fetcher.json(request), "data_features", "feature")
        names = [plain(feature.get("name"), 40) for feature in features[:_MOST_COLUMNS]]
        return f"columns {', '.join(filter(None, names))}"


def _qualities(value: object) -> list[str]:
    """Sizes of a data set, such as "1000 rows"."""
    found = []
    for quality in value if isinstance(value, list) else ():
        if isinstance(quality, Mapping) and (unit := _QUALITIES.get(str(quality.get("name")))):
            found.append(f"{plain(str(quality.get('value')), 20).removesuffix('.0')} {unit}")
    return found


@dataclass(frozen=True)
class Kaggle:
    """Notebooks of Kaggle with their votes; needs a token."""

    fetcher: Fetcher
    key: Secret
    base: str = "https://www.kaggle.com"
    gap: float = 1.0
    name: ClassVar[str] = "kaggle"

    def phrase(self, query: Query) -> str:
        """A few words."""
        return " ".join(query.words[:_HUB_WORDS])

    def search(self, query: str, limit: int) -> list[Reference]:
        """Ask for notebooks in Python, those with the most votes first."""
        request = Request(
            self.name, f"{self.base}/api/v1/kernels/list", headers=_bearer(self.key), gap=self.gap,
            params={"search": query, "pageSize": limit, "sortBy": "voteCount", "language": "python"},
            mends={401: "Check KAGGLE_API_TOKEN.", 403: "Check KAGGLE_API_TOKEN."},
        )  # fmt: skip
        notebooks = answers.items(self.name, self.fetcher.json(request))
        return answers.references(notebooks, partial(self._notebook, query), limit)

    def _notebook(self, query: str, item: Mapping[str, object]) -> Reference | None:
        ref, title = plain(item.get("ref"), TITLE), plain(item.get("title"), TITLE)
        if not ref or not title:
            return None
        data = [
            *answers.words(item.get("datasetDataSources"), 3),
            *answers.words(item.get("competitionDataSources"), 3),
        ]
        excerpt = f"Notebook by {plain(item.get('author'), 60) or 'someone'}"
        excerpt += f" on {', '.join(data)}" if data else ""
        return Reference(
            self.name, query, title, f"https://www.kaggle.com/code/{quote(ref)}", excerpt,
            answers.date(item.get("lastRunTime")), count=answers.count(item.get("totalVotes")), counted="votes",
        )  # fmt: skip


@dataclass(frozen=True)
class GitHub:
    """Repositories; without a token ten searches a minute."""

    fetcher: Fetcher
    base: str = "https://api.github.com"
    key: Secret | None = None
    gap: float | None = None
    """By default two seconds with a token, and six without."""
    name: ClassVar[str] = "github"

    def phrase(self, query: Query) -> str:
        """A few words: a repository must have all of them."""
        return " ".join(query.words[:_HUB_WORDS])

    def search(self, query: str, limit: int) -> list[Reference]:
        """Ask for repositories, the best match first."""
        gap = self.gap if self.gap is not None else 2.0 if self.key else 6.0
        request = Request(
            self.name, f"{self.base}/search/repositories", {"q": query, "per_page": limit}, gap=gap,
            headers={"Accept": "application/vnd.github+json"} | _bearer(self.key),
            mends={401: "Check GITHUB_TOKEN.", 403: "Wait some minutes, or give GITHUB_TOKEN."},
        )  # fmt: skip
        found = answers.items(self.name, self.fetcher.json(request), "items")
        return answers.references(found, partial(self._repository, query), limit)

    def _repository(self, query: str, item: Mapping[str, object]) -> Reference | None:
        title, url = plain(item.get("full_name"), TITLE), web_address(item.get("html_url"))
        if not title or not url:
            return None
        licence = item.get("license")
        stated = plain(licence.get("spdx_id"), 40) if isinstance(licence, Mapping) else ""
        topics = answers.words(item.get("topics"), 12)
        excerpt = plain(f"{plain(item.get('description'))} {'topics ' + ', '.join(topics) if topics else ''}")
        return Reference(
            self.name, query, title, url, excerpt, answers.date(item.get("pushed_at")),
            "" if stated == "NOASSERTION" else stated, count=answers.count(item.get("stargazers_count")),
            counted="stars",
        )  # fmt: skip
