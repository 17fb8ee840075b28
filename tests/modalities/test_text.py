"""Sentences are text in every script, and a model learns from them."""

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.modalities.text import _words
from mlestar_jupyter.problems.recognition import make_dataset

PARTS = {
    "Chinese": ("这家餐厅的服务非常好", "这家餐厅的服务非常差", "我们昨天晚上和朋友一起去了第{}号店"),
    "Japanese": (
        "この店の料理はとてもおいしい",
        "この店の料理はまったくおいしくない",
        "先週の金曜日に第{}号店へ行きました",
    ),
    "Thai": ("อาหารร้านนี้อร่อยมาก", "อาหารร้านนี้ไม่ดีเลย", "เราไปสาขาที่{}เมื่อวานนี้"),
}


def table(language):
    good, bad, more = PARTS[language]
    y = np.arange(120) % 2
    return pd.DataFrame({"said": [(good if is_good else bad) + more.format(k) for k, is_good in enumerate(y)], "y": y})


@pytest.mark.fast
@pytest.mark.parametrize("language", PARTS)
def test_sentences_without_blanks_are_text(language):
    task = make_dataset(read_table(table(language)), "y").task
    assert [c.role for c in task.columns] == ["text"]


@pytest.mark.fast
@pytest.mark.parametrize("names", ["株式会社{}製作所", "北京市朝阳区{}号", "李{}明"])
def test_names_without_blanks_are_none(names):
    frame = pd.DataFrame(
        {"name": [names.format(k) for k in range(120)], "x": np.arange(120) % 7, "y": np.arange(120) % 2}
    )
    assert make_dataset(read_table(frame), "y").task.columns[0].role == "identifier"


@pytest.mark.parametrize("language", PARTS)
def test_words_of_texts_without_blanks_are_their_characters(language):
    space = {"TfidfVectorizer": TfidfVectorizer}
    exec(_words(), space)
    frame = table(language)
    words = space["Words"](max_features=200, sublinear_tf=True)
    model = make_pipeline(words, LogisticRegression())
    scores = cross_val_score(model, frame["said"].to_numpy(), frame["y"], cv=3)
    assert scores.mean() == 1
