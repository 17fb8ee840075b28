import time
import warnings

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.core.row_time import row_ms
from mlestar_jupyter.problems.forms import Number

pytestmark = pytest.mark.fast

ROWS = pd.DataFrame({"x": [1.0, 2.0, 3.0]}, index=[7, 8, 9])


class Timed:
    def __init__(self, seconds):
        self.seconds, self.seen = seconds, []

    def predict(self, X):
        time.sleep(self.seconds)
        warnings.warn("of one row", UserWarning, stacklevel=2)
        self.seen.append(X)
        return np.zeros(len(X))


def test_it_is_the_median_of_a_few_calls_on_single_rows():
    model = Timed(0.001)
    assert 1.0 < row_ms(model, ROWS, Number()) < 10.0
    assert [X["x"].tolist() for X in model.seen] == [[1.0], [2.0], [3.0], [1.0], [2.0]]
    assert all(X.index.tolist() == [0] for X in model.seen)


def test_a_slow_model_is_asked_once():
    model = Timed(0.03)
    assert row_ms(model, ROWS, Number()) >= 30.0
    assert len(model.seen) == 1


def test_what_it_warns_of_a_single_row_is_not_on_record():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        row_ms(Timed(0.0), ROWS, Number())
    assert not caught
