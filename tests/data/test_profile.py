"""The data analysis of the development rows."""

import json
import re
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


ISSUES = {
    "near-target": "leak all but gives the target away: alone it reaches R² 0.999 for the ranks of the target, "
    "out of sample. "
    "Check that it is known before the target is; if not, leave it out: --role leak=ignore.",
    "duplicate-rows": "Rows that repeat an earlier one: 20 (4.8%). "
    "Copies on both sides of a split flatter the score: drop them, or group them with --group.",
    "high-cardinality": "More than 30 categories: city (60). "
    "Encode them by the target or by frequency rather than one column a category.",
    "sentinels": "Values that stand for missing: code (-999.0). The cleaning block makes them missing.",
    "missing": "Many missing values: holes (50.2%). "
    "Let the model see that they are missing: an indicator, or a model that takes missing values.",
    "infinite-values": "a has infinite values, or such as are too large to compute with. "
    "They count as missing; look for a division by zero where they were made.",
    "skewed-target": "The target is skewed (+11.9). Try its logarithm.",
    "empty-column": "No value in any row: none. They are not used.",
    "constant-column": "The same value in every row: one. They are not used.",
    "identifier": "Identifiers: key_id (400). They are not used as inputs; a model would learn them by heart.",
    "numbers-as-text": "Numbers stored as text: number. They are read as numbers.",
    "outliers": "Values beyond 1.5 times the interquartile range: wild (12.9%). "
    "Trees do not mind; for linear models and neighbours, clip or take the logarithm.",
    "near-constant": "Nearly the same value in every row: flat (99.5%). "
    "They can help little; see what the ablation says without them.",
    "near-copies": "a and copy say nearly the same (correlation +1.00). One of them is enough for a linear model.",
}


def test_every_quality_issue_is_found(messy):
    found = profile(make_dataset(read_table(messy), "y", test=0))
    assert {issue.code for issue in found.issues} == {
        "near-target", "near-copies", "missing", "outliers", "near-constant", "numbers-as-text", "high-cardinality",
        "sentinels", "identifier", "empty-column", "constant-column", "infinite-values", "duplicate-rows", "skewed-target",
    }  # fmt: skip
    assert {i.code: f"{i.text} {i.advice}" for i in found.issues} == ISSUES
    assert found.issues[0].code == "near-target"
    opposite = profile(make_dataset(read_table(messy.assign(y=-messy["y"])), "y", test=0))
    assert next(f"{i.text} {i.advice}" for i in opposite.issues if i.code == "skewed-target") == (
        "The target is skewed (-11.9). Try a quantile transform of it, or a robust loss."
    )


def test_class_issues(churn):
    frame = churn.drop(columns=["MonthlyCharges", "TotalCharges", "tenure"])
    frame["plan"] = np.where(np.arange(600) < 12, "gold", "none")
    conflicts = profile(make_dataset(read_table(frame), "Churn"))
    (conflict,) = [f"{i.text} {i.advice}" for i in conflicts.issues if i.code == "conflicting-labels"]
    assert re.fullmatch(
        r"Rows with another row's inputs and another label: \d+ \(\d+\.\d%\)\. "
        r"No model can get these right; look whether an input is lacking or labels are wrong\.",
        conflict,
    )
    rare = profile(make_dataset(read_table(frame), "plan"))
    assert next(f"{i.text} {i.advice}" for i in rare.issues if i.code == "rare-classes") == (
        "Rare classes: 'gold' (2.1%). "
        "Judge by a metric that sees them (average precision, log-loss); accuracy does not."
    )


def test_table_view_and_dict(churn):
    found = profile(make_dataset(read_table(churn), "Churn"))
    assert found.table["column"].tolist() == [c.name for c in found.task.columns]
    strongest = found.table.set_index("column")["association"]
    assert strongest["Contract"] > 0.3 > strongest["gender"]
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["n_rows"] == 480
    assert "480 development rows, 19 columns" in repr(found)
    assert "data:image/png;base64" in found._repr_html_()
    assert "Churn: No 7" in repr(found)


def test_table_without_an_issue_says_so():
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"a": random.normal(size=60), "b": random.normal(size=60)})
    view = profile(make_dataset(read_table(frame.assign(y=np.arange(60) % 2)), "y", test=0)).view()
    assert view.summary == ("60 development rows, 2 columns, 0 of them with missing values; no quality issue found.")


def test_what_the_holdout_alone_has_is_not_counted():
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"a": random.normal(size=200), "b": random.normal(size=200), "y": np.arange(200) % 2})
    source = make_dataset(read_table(frame), "y").development.source
    sealed = np.setdiff1d(np.arange(200), source)
    frame.loc[sealed[0], "a"] = np.nan
    dataset = make_dataset(read_table(frame), "y")
    assert not dataset.development.X["a"].isna().any()
    found = profile(dataset)
    assert "0 of them with missing values" in found.view().summary
    assert found.table["unique"].tolist() == [len(source)] * 2
    frame.loc[source[0], "b"] = np.nan
    found = profile(make_dataset(read_table(frame), "y"))
    assert "1 of them with missing values" in found.view().summary


def test_times_are_written_in_words():
    days = pd.date_range("2026-01-01", periods=100, freq="7D")
    frame = pd.DataFrame({"ts": days.astype(str), "x": np.arange(100) % 7, "y": np.arange(100.0) % 11})
    found = profile(make_dataset(read_table(frame), "y", time="ts", test=0)).view().text()
    assert f"From 2026-01-01 to {days[-1]:%Y-%m-%d}, usually a row every 7 days, 0 steps of more than three" in found


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


@pytest.mark.parametrize("far", ["9999-12-31", "0001-01-01"])
@pytest.mark.parametrize("time", [None, "until"])
def test_a_date_that_nanoseconds_do_not_reach_is_compared_with_the_target(far, time):
    days = [far, *pd.date_range("2024-01-01", periods=59).strftime("%Y-%m-%d")]
    dataset = make_dataset(read_table(pd.DataFrame({"until": days, "y": np.arange(60) % 2})), "y", time=time, test=0)
    found = profile(dataset)
    assert found.table["association"].between(0, 1).all()


def test_twenty_thousand_rows_take_under_two_seconds():
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(30_000, 20)), columns=[f"x{i}" for i in range(20)])
    frame["c"] = random.choice(list("abcdef"), len(frame))
    dataset = make_dataset(read_table(frame), "x0", test=0)
    start = time.perf_counter()
    found = profile(dataset)
    assert time.perf_counter() - start < 2
    assert (found.n_rows, found.n_seen) == (30_000, 20_000)
    assert found.view().summary.endswith(" Figures are from a random 20,000 rows.")


def test_chart_of_names_that_look_like_formulas_is_drawn():
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(60, 3)), columns=["cost_$ per unit_$", r"$\frac{$", "$y_$"])
    frame["$y_$"] = frame.sum(axis=1)
    table = profile(make_dataset(read_table(frame), "$y_$", on_open=lambda reason: None))
    assert "<img" in table.view().html()
