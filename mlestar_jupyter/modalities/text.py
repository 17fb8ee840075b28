"""Columns of free text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from mlestar_jupyter.core.quoting import literal
from mlestar_jupyter.core.task import Column, Task
from mlestar_jupyter.core.values import Column as ColumnReading
from mlestar_jupyter.modalities.base import (
    Cleaning,
    Encoding,
    Modality,
    RawColumn,
    Step,
    blank_sentinels,
    text_sentinels,
)
from mlestar_jupyter.modalities.category import MANY_VALUES
from mlestar_jupyter.modalities.names import free_name
from mlestar_jupyter.modalities.rendering import writer
from mlestar_jupyter.modalities.techniques import TechniqueKind, Values, singly

_WORDS, _LENGTH = 4, 50
_SAMPLE = 2000
_WORD = re.compile(r"\b[^\W\d_]{2,}\b")
_UNSPACED, _CHARACTERS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]"), 3.5
"""A character of Thai, Lao, Burmese, Khmer, Japanese or Chinese, and how many of them make a word at least."""
_FEWEST, _DISTINCT = 20, 0.95
_FEW, _MANY, _AGAIN, _HALF = 0.02, 0.9, 3, 0.5  # shares of the texts that have a telling word
_STEP = "Words(max_features=200, sublinear_tf=True)"
_words = writer("encoding_words")


class Text(Modality):
    """Texts of several words, many of which differ."""

    name = "text"
    keeps_text = True

    def asked(self, raw: RawColumn) -> ColumnReading | None:
        return ColumnReading(raw.name, "text", mixed=raw.objects is None or raw.texts.empty)

    def described(self, values: pd.Series, reading: ColumnReading) -> Column:
        return Column(reading.name, self.name, 0, 0.0, sentinels=blank_sentinels(values))

    def detect(self, values: pd.Series, reading: ColumnReading) -> Column | None:
        if reading.kind != "text":
            return None
        found = Column(reading.name, self.name, 0, 0.0, sentinels=text_sentinels(values, reading.kept))
        texts = values.dropna().astype(object)
        known = texts[~texts.isin(found.sentinels)]
        return found if _is_free_text(known) or has_telling_words(known) else None

    def cleaning(self, task: Task, columns: Sequence[Column], kept: Sequence[Column]) -> Cleaning:
        del task, kept
        names = [literal(c.name) for c in columns]
        return Cleaning(filled="".join(f'    X[{name}] = X[{name}].fillna("").astype(str)\n' for name in names))

    def least(self, columns: Sequence[Column]) -> str:
        return f".fillna({literal(dict.fromkeys((c.name for c in columns), ''))})"

    def encoding(self, columns: Sequence[Column]) -> Encoding | None:
        names = [c.name for c in columns]
        steps = [Step(step, _STEP, column) for column, step in _steps(names).items()]
        imports = ("from sklearn.feature_extraction.text import TfidfVectorizer",)
        return Encoding("TEXTS", "free text", names, steps, imports, _words())

    def techniques(self) -> Mapping[str, TechniqueKind]:
        return {
            "text counts": TechniqueKind(
                50,
                "how texts are written, beside their words",
                writer("features_text_counts"),
                "FunctionTransformer(add_text_counts)",
                _counted,
                singly("{} length", "{} words", "{} digits", "{} capitals", "{} marks", of="texts"),
            )
        }


def _is_free_text(known: pd.Series) -> bool:
    """Distinguish free text from categories."""
    if known.empty:
        return False
    sample = known.iloc[:_SAMPLE]
    n_words = float(np.mean([len(text.split()) + len(_UNSPACED.findall(text)) / _CHARACTERS for text in sample]))
    is_long = n_words >= _WORDS or float(np.mean([len(text) for text in sample])) >= _LENGTH
    return is_long and known.nunique() > max(MANY_VALUES, len(known) // 5)


def has_telling_words(known: pd.Series) -> bool:
    """Whether texts that hardly ever repeat share words, such as titles or brands, that divide the rows.

    Words that all texts share say nothing, nor do those of a few. What has no blanks is a code.
    """
    if len(known) < _FEWEST or known.nunique() < _DISTINCT * len(known):
        return False
    if known.iloc[:_SAMPLE].str.strip().str.contains(r"\s").mean() < _HALF:
        return False
    words = [set(_WORD.findall(text.casefold())) for text in known.iloc[:_SAMPLE]]
    counts = Counter(word for found in words for word in found)
    telling = {w for w, count in counts.items() if _FEW < count / len(words) < _MANY and count >= _AGAIN}
    return float(np.mean([not telling.isdisjoint(found) for found in words])) >= _HALF


def _steps(texts: Iterable[str]) -> dict[str, str]:
    """Name the step of each text; scikit-learn keeps two underscores in a step's name for itself."""
    texts = list(texts)
    steps: dict[str, str] = {}
    for number, column in enumerate(texts, start=1):
        name = f"text {number}" if "__" in column else f"text {column}"
        steps[column] = free_name(name, {*steps.values(), *(f"text {other}" for other in texts if other != column)})
    return steps


def _counted(task: Task) -> Values | None:
    texts = task.names("text")
    return {"texts": texts} if texts else None
