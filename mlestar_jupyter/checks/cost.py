"""What a prediction costs: latency and size, measured on the fitted model."""

from __future__ import annotations

import io
import time
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from mlestar_jupyter.core.model import FittedModel

_REPEATS, _FEWEST = 20, 5
_MOST_MS = 1000
"""Of all repeats but the fewest."""
_BATCH = 1000


@dataclass(frozen=True)
class Cost:
    """Median milliseconds for one row and for a batch, and the model's size."""

    single_ms: float
    batch_ms: float
    batch_rows: int
    size_mb: float

    def to_dict(self) -> dict[str, float]:
        """Plain values, for the journal and ``report.json``."""
        return asdict(self)


def measure_cost(model: FittedModel, rows: pd.DataFrame) -> Cost:
    """Measure latency (after a warm-up) and size of a fitted model."""
    import joblib

    one = rows.head(1)
    batch = rows.iloc[np.arange(_BATCH) % len(rows)]  # fewer than 1000 rows are repeated
    buffer = io.BytesIO()
    joblib.dump(model.estimator, buffer)
    return Cost(_median_ms(model, one, _REPEATS), _median_ms(model, batch, _REPEATS), len(batch), buffer.tell() / 2**20)


def _median_ms(model: FittedModel, rows: pd.DataFrame, repeats: int) -> float:
    model.predict(rows)
    times: list[float] = []
    while len(times) < repeats and (len(times) < _FEWEST or sum(times) < _MOST_MS):
        start = time.perf_counter()
        model.predict(rows)
        times.append(1000 * (time.perf_counter() - start))
    return float(np.median(times))
