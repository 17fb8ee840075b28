"""What one row takes through a fitted pipeline, measured beside the fit, inside a worker."""

from __future__ import annotations

import time
import warnings
from typing import TYPE_CHECKING

import numpy as np

from mlestar_jupyter.core.estimators import Estimator
from mlestar_jupyter.core.predictions import Form

if TYPE_CHECKING:
    import pandas as pd

_CALLS, _SECONDS = 5, 0.025
"""At most so many calls, and none after so many seconds: a quick candidate must not take twice its time."""


def row_ms(estimator: Estimator, rows: pd.DataFrame, form: Form) -> float:
    """Measure the median of a few predictions of one row, in milliseconds."""
    times: list[float] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what there is to say was said of all rows
        while len(times) < _CALLS and sum(times) < _SECONDS:
            position = len(times) % len(rows)
            row = rows.iloc[position : position + 1].reset_index(drop=True)
            start = time.perf_counter()
            form.predict(estimator, row)
            times.append(time.perf_counter() - start)
    return 1000 * float(np.median(times))
