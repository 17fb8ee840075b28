"""Small tables with all that real ones have, and their tasks; built by hand, so that no reader is needed."""

import numpy as np
import pandas as pd

from mlestar_jupyter.core.task import Column, Task
from mlestar_jupyter.problems.recognition import find_metric
from mlestar_jupyter.problems.registry import problem_named

N_ROWS = 120
COLUMNS = (
    Column("id", "identifier", N_ROWS, 0.0),
    Column("same", "constant", 1, 0.0),
    Column("amount", "numeric", 110, 0.1),
    Column("price", "numeric", 120, 0.0),
    Column("rooms", "numeric", 5, 0.0, sentinels=(-999,)),
    Column("total", "numeric", 100, 0.05, stored_as_text=True),
    Column("colour", "categorical", 3, 0.1),
    Column("shop", "categorical", 40, 0.0),
    Column("member", "categorical", 2, 0.0),
    Column("opened", "date", 100, 0.05, stored_as_text=True),
    Column("stamp", "date", N_ROWS, 0.0),
    Column("person", "identifier", 30, 0.0),
    Column("review", "text", N_ROWS, 0.05),
)


def make_task(problem="binary", *, time=None, group=None, without=(), metric=None, seed=0):
    """A task over `make_table`."""
    classes = {"binary": ("no", "yes"), "multiclass": ("a", "b", "c"), "regression": ()}[problem]
    columns = tuple(c for c in COLUMNS if c.name not in without)
    return Task(
        "target",
        problem,
        problem_named(problem).form(classes),
        find_metric(metric, problem),
        columns,
        classes,
        time,
        group,
        N_ROWS,
        0,
        seed,
        "hand-made",
    )


def make_table(problem="binary", *, without=()):
    """Rows with missing values, infinities, sentinels, text numbers, dates, flags; and the target."""
    random = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "id": [f"r{i}" for i in range(N_ROWS)],
            "same": 1,
            "amount": np.where(random.random(N_ROWS) < 0.1, np.nan, random.normal(size=N_ROWS)),
            "price": np.where(np.arange(N_ROWS) == 7, np.inf, random.lognormal(size=N_ROWS)),
            "rooms": random.choice([1, 2, 3, 4, -999], N_ROWS),
            "total": [" " if i % 20 == 0 else f"{v:.2f}" for i, v in enumerate(random.normal(size=N_ROWS))],
            "colour": pd.Series(random.choice(["red", "green", "blue"], N_ROWS)).where(random.random(N_ROWS) > 0.1),
            "shop": [f"shop {i}" for i in random.integers(0, 40, N_ROWS)],
            "member": random.random(N_ROWS) > 0.5,
            "opened": [f"2024-0{1 + i % 9}-1{i % 9}" if i % 20 else None for i in range(N_ROWS)],
            "stamp": pd.date_range("2025-01-01", periods=N_ROWS, freq="7h"),
            "person": np.arange(N_ROWS) % 30,
            "review": [f"quite good, number {i}" if i % 19 else None for i in range(N_ROWS)],
        }
    )
    signal = X["amount"].fillna(0) + (X["colour"] == "red")
    noisy = signal + random.normal(scale=0.3, size=N_ROWS)
    if problem == "regression":
        y = np.exp(noisy.to_numpy())
    else:
        y = pd.qcut(noisy, 2 if problem == "binary" else 3, labels=False).to_numpy()
    return X.drop(columns=list(without)), y


def unseen_row(X):
    """One row with an unseen category, and gaps in place of numbers, dates and text."""
    row = X.iloc[[0]].reset_index(drop=True).copy()
    for name, value in {"colour": "violet", "shop": None, "amount": np.nan, "opened": None, "review": None}.items():
        if name in row:
            row[name] = pd.Series([value], dtype=X[name].dtype)
    return row
