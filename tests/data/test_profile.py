"""The data analysis of the development rows."""

import json
import time

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.data.profile import profile
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.problems.recognition import make_dataset

N = 400


@pytest.fixture(scope="module")
def messy():
    random = np.random.default_rng(0)
    y = random.normal(size=N)
    frame = pd.DataFrame(
        {
            "leak": y * 2 + random.normal(size=N) * 0.01,
            "a": random.normal(size=N),
            "holes": np.where(random.random(N) < 0.5, np.nan, random.normal(size=N)),
            "wild": random.standard_cauchy(size=N),
            "flat": np.where(np.arange(N) == 3, 1.0, 0.0) + 0.0,
            "number": [str(v) for v in random.integers(0, 50, N)],
            "city": [f"c{i}" for i in random.integers(0, 60, N)],
            "code": np.where(random.random(N) < 0.1, -999, random.integers(0, 9, N)),
            "key_id": np.arange(N),
            "none": None,
            "one": 1,
            "y": np.exp(2 * y),
        }
    ).assign(copy=lambda f: f["a"] * 3)
    frame.loc[0, "a"] = np.inf
    return pd.concat([frame, frame.iloc[:20]], ignore_index=True)


def test_every_quality_issue_is_found(messy):
    found = profile(make_dataset(read_table(messy), "y", test=0))
    assert {issue.code for issue in found.issues} == {
        "near-target", "near-copies", "missing", "outliers", "near-constant", "numbers-as-text", "high-cardinality",
        "sentinels", "identifier", "empty-column", "constant-column", "infinite-values", "duplicate-rows", "skewed-target",
    }  # fmt: skip
    assert found.issues[0].code == "near-target"
    assert "leak" in found.issues[0].text
    assert "20 rows" in next(i.text for i in found.issues if i.code == "duplicate-rows")


def test_class_issues(churn):
    frame = churn.drop(columns=["MonthlyCharges", "TotalCharges", "tenure"])
    frame["plan"] = np.where(np.arange(600) < 12, "gold", "none")
    conflicts = profile(make_dataset(read_table(frame), "Churn"))
    assert "conflicting-labels" in {issue.code for issue in conflicts.issues}
    rare = profile(make_dataset(read_table(frame), "plan"))
    assert "'gold' (2.1%)" in next(i.text for i in rare.issues if i.code == "rare-classes")


def test_table_view_and_dict(churn):
    found = profile(make_dataset(read_table(churn), "Churn"))
    assert found.table["column"].tolist() == [c.name for c in found.task.columns]
    strongest = found.table.set_index("column")["association"]
    assert strongest["Contract"] > 0.3 > strongest["gender"]
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["n_rows"] == 480
    assert "480 development rows, 19 columns" in repr(found)
    assert "data:image/png;base64" in found._repr_html_()
    assert "Churn: No 7" in repr(found)


def test_time_patterns():
    hours = pd.date_range("2026-01-01", periods=500, freq="h")
    frame = pd.DataFrame(
        {"ts": hours.astype(str), "x": range(500, 1000), "y": np.sin(hours.hour / 24 * 2 * np.pi) + 0.5}
    )
    frame["x"] *= 2
    found = profile(make_dataset(read_table(frame), "y", time="ts")).time
    assert found["usual_step"] == "0 days 01:00:00"
    assert found["seasons"]["hour"] > 0.9 > 0.2 > found["seasons"]["weekday"]
    assert found["autocorrelation"] > 0.9


def test_twenty_thousand_rows_take_under_two_seconds():
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(30_000, 20)), columns=[f"x{i}" for i in range(20)])
    frame["c"] = random.choice(list("abcdef"), len(frame))
    dataset = make_dataset(read_table(frame), "x0", test=0)
    start = time.perf_counter()
    found = profile(dataset)
    assert time.perf_counter() - start < 2
    assert (found.n_rows, found.n_seen) == (30_000, 20_000)


def test_chart_of_names_that_look_like_formulas_is_drawn():
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(60, 3)), columns=["cost_$ per unit_$", r"$\frac{$", "$y_$"])
    frame["$y_$"] = frame.sum(axis=1)
    table = profile(make_dataset(read_table(frame), "$y_$", on_open=lambda reason: None))
    assert "<img" in table.view().html()
