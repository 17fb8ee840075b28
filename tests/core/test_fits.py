"""Fits are known by the content of their rows."""

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.core.evaluator import Evaluator
from mlestar_jupyter.core.executor import Limits
from mlestar_jupyter.core.journal import Journal
from mlestar_jupyter.core.sampling import with_sample
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Rows
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.problems.recognition import make_dataset
from tests.core.blocks_for_tests import BLOCKS

PLAIN = {
    "model": "from sklearn.linear_model import LinearRegression\n\n\ndef make_model(**params):\n    return LinearRegression()",
    "validation": BLOCKS["validation"].replace("StratifiedKFold", "KFold"),
}
LINE = Solution.of(BLOCKS | PLAIN)


def line(n_rows, first):
    """A target that is twice the input."""
    x = first + np.arange(float(n_rows))
    return pd.DataFrame({"x": x, "z": np.sin(x), "y": 2 * x})


def test_rows_of_a_test_table_are_not_taken_for_those_of_the_table_with_the_same_positions(tmp_path, executor):
    """V6: with a table for the holdout and a sample, predictions of development rows came for the holdout's."""
    dataset = make_dataset(read_table(line(300, 0)), "y", test=line(100, 10_000))
    dataset = with_sample(dataset, 120)
    evaluator = Evaluator(dataset, executor, Journal(tmp_path), tmp_path / "model", Limits(60, 2000))
    holdout = dataset.holdout.open("test")
    same_positions = dataset.whole.take(np.arange(len(holdout)))
    assert list(same_positions.source) == list(holdout.source)
    first = evaluator.fits.fit_predict(LINE, dataset.development, same_positions)
    second = evaluator.fits.fit_predict(LINE, dataset.development, holdout)
    assert first.predictions.values == pytest.approx(same_positions.y)
    assert second.predictions.values == pytest.approx(holdout.y)


def rows(frame):
    return Rows(frame, np.zeros(len(frame)), None, np.arange(len(frame)))


def test_content_is_names_types_values_and_order():
    frame = line(5, 0)
    others = [frame.iloc[::-1], frame.rename(columns={"x": "w"}), frame.astype("float32"), frame.assign(x=1.0)]
    assert rows(frame).content == rows(frame.copy()).content
    assert len({rows(other).content for other in [frame, *others]}) == 5


def test_the_same_rows_elsewhere_in_a_table_are_the_same():
    frame = line(5, 0)
    assert rows(frame).content == rows(pd.concat([frame, frame], ignore_index=True)).take(np.arange(5, 10)).content
