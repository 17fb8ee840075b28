"""What a prediction costs: latency and size, measured on the fitted model."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mlestar_jupyter.core.model import FittedModel

_REPEATS = 20


@dataclass(frozen=True)
class Cost:
    """Median milliseconds for one row and for a batch, and the model's size."""

    single_ms: float
    batch_ms: float
    batch_rows: int
    size_mb: float


def measure_cost(model: FittedModel, rows: pd.DataFrame) -> Cost:
    """Measure latency (after a warm-up) and size of a fitted model."""
    import joblib

    one, batch = rows.head(1), rows.head(1000)
    buffer = io.BytesIO()
    joblib.dump(model.estimator, buffer)
    return Cost(_median_ms(model, one, _REPEATS), _median_ms(model, batch, 5), len(batch), buffer.tell() / 2**20)


def _median_ms(model: FittedModel, rows: pd.DataFrame, repeats: int) -> float:
    model.predict(rows)
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        model.predict(rows)
        times.append(1000 * (time.perf_counter() - start))
    return float(np.median(times))
