"""No column takes a recipe down: every recipe fits and predicts beside every kind of awkward column."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from mlestar_jupyter.core.predictions import check_shape
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.ensembles.strategies import strategies
from mlestar_jupyter.knowledge import recipes
from mlestar_jupyter.planners.recipes import RecipePlanner
from mlestar_jupyter.planners.variants import PREPROCESSING_REASONS, variants
from mlestar_jupyter.problems.recognition import make_dataset

N_ROWS, N_TRAIN = 100, 45
"""The task is made of all rows, the recipes are fitted on the first of them and predict the others."""
PLANNER = RecipePlanner()
_NEUTRAL = ("cleaning", "preprocessing", "model")
_WITH_GAPS = ("trees", "native", "rare categories", "missing indicators")
_MANY_ROUNDS = re.compile(r"(\b(?:n_estimators|iterations|max_iter|n_init)\W{1,4})[1-9]\d+\b")


def _late(values, early):
    """Values that come only behind the rows to fit on."""
    return [*[early] * N_TRAIN, *values[N_TRAIN:]]


def _columns():
    """Awkward columns by kind."""
    r = np.random.default_rng(5)
    words = r.choice(["red sun", "blue moon", "green tea", "black cat"], N_ROWS)
    numbers = r.normal(size=N_ROWS)
    yes = r.choice([True, False], N_ROWS).astype(object)
    yes[::7] = None
    days = pd.Series(pd.date_range("2020-01-01", periods=N_ROWS, freq="D"))
    sentences = [f"{a} {b} {i}" for i, (a, b) in enumerate(zip(words, words[::-1], strict=True))]
    every_row = np.arange(N_ROWS)
    texts = {
        "letters": [" ".join(r.choice(list("ACDF"), 6)) for _ in every_row],
        "punctuation": [" ".join(r.choice(list("!?.;:+*"), 8)) for _ in every_row],
        "text missing at first": _late(sentences, None),
        "text in some rows": [text if i % 2 else None for i, text in enumerate(sentences)],
    }
    amounts = {
        "beyond float32": np.where(every_row % 9 == 0, 1e300, numbers),
        "beyond float32 later": _late(numbers * 1e300, 1.0),
        "near float32": numbers * 1e37,
        "infinite": np.where(every_row % 5 == 0, np.inf, numbers),
        "tiny": numbers * 1e-300,
        "large and even": 1e15 + every_row % 7,
        "missing at first": _late(numbers, np.nan),
        "missing but one": np.where(np.isin(every_row, (3, N_ROWS - 1)), numbers, np.nan),
        "equal at first": _late(numbers, 3.0),
        "equal": 3.0,
    }
    categories = {
        "one letter": r.choice(list("abc"), N_ROWS),
        "equal category at first": _late(words, "none of them"),
        "category missing at first": _late(words, None),
        "unseen later": [f"early {i % 3}" if i < N_TRAIN else f"late {i % 5}" for i in every_row],
        "many values": [f"v{i * 7 % (N_ROWS - 9)}" for i in every_row],
        "yes, no, missing": yes,
        "yes at first": _late(yes, True),
    }
    dates = {
        "days missing at first": _late(days.tolist(), pd.NaT),
        "days far apart": pd.Series([pd.Timestamp("1700-01-01"), pd.Timestamp("2262-01-01")] * (N_ROWS // 2)),
    }
    return {"texts": texts, "amounts": amounts, "categories": categories, "dates": dates}


COLUMNS = _columns()
ALL = {name: values for columns in COLUMNS.values() for name, values in columns.items()}


def dataset(columns, kind):
    """Two good columns, a category, and awkward columns."""
    r = np.random.default_rng(0)
    a, b = r.normal(size=N_ROWS), r.uniform(0, 10, N_ROWS)
    table = pd.DataFrame({"a": a, "b": b, "shop": r.choice(["x", "y", "z"], N_ROWS), **columns})
    y = 2 * a + 0.3 * (b - 5) + r.normal(0, 0.4, N_ROWS)
    table["y"] = y if kind == "regression" else np.where(y > 0, "up", "down")
    if kind == "multiclass":
        table["y"] = pd.qcut(y, 3, labels=["low", "mid", "high"]).astype(str)
    return make_dataset(read_table(table), "y", test=0.0, group="none")


def all_solutions(task):
    """A solution for every recipe, the other blocks being usual ones."""
    linear, tree, boosted = (d.solution for d in PLANNER.baselines(task)[1:])
    found = {f"{block} neutral": boosted.with_block(block, PLANNER.neutral(task, boosted, block)) for block in _NEUTRAL}
    found["cleaning codes"] = linear.with_block("cleaning", recipes.cleaning(task, codes=True))
    for name, technique in recipes.feature_techniques(task).items():
        for label, solution in (("linear", linear), ("a tree", tree)):
            found[f"features {name}, {label}"] = solution.with_block("features", recipes.features([technique]))
    for kind in PREPROCESSING_REASONS:
        if kind != "target encoding" or not recipes.encodings(task):
            base = boosted if kind in _WITH_GAPS else linear
            found[f"preprocessing {kind}"] = base.with_block("preprocessing", recipes.preprocessing(task, kind))
    for label, source, _ in variants(task, linear, "model", []):
        found[f"model variant {label}"] = linear.with_block("model", source)
    for strategy in ("mean", "stacking", "dynamic", "experts"):
        blocks = {**linear.blocks, "ensemble": strategies()[strategy].source(task, [0.5, 0.5])}
        found[f"ensemble {strategy}"] = Solution.of(blocks, (linear, tree))
    return {name: _quick(solution) for name, solution in (found | _of_cards(task)).items()}


def _of_cards(task):
    """The solution of every card whose package is installed."""
    drafts = {ranked.approach.id: PLANNER.draft(task, ranked) for ranked in PLANNER.approaches(task, "", 1000)}
    return {f"card {card}": draft.solution for card, draft in drafts.items() if draft is not None}


def _quick(solution):
    """Few trees, and few rounds: what is looked at is whether they grow at all."""
    blocks = {name: _MANY_ROUNDS.sub(r"\g<1>8", source) for name, source in solution.blocks.items()}
    return Solution.of(blocks, tuple(map(_quick, solution.members)))


def _failures(data):
    """Which recipes fail on the rows, and why."""
    task, rows = data.task, data.development
    X, y = rows.X.iloc[:N_TRAIN], rows.y[:N_TRAIN]
    rest = rows.X.iloc[N_TRAIN:].reset_index(drop=True)
    failed = {}
    for name, solution in all_solutions(task).items():
        with warnings.catch_warnings(), threadpool_limits(1):
            warnings.simplefilter("ignore")
            try:
                estimator = solution.build().fit(X, y)
                for new in (rest, rest.tail(1).reset_index(drop=True)):
                    check_shape(task.form.ask(estimator, new), task.form, len(new))
            except Exception as error:  # noqa: BLE001 - each recipe that fails is named
                failed[name] = f"{type(error).__name__}: {str(error).splitlines()[0][:160]}"
    return failed


@pytest.mark.parametrize("families", [("texts", "dates"), ("amounts", "categories")], ids=" and ".join)
def test_every_recipe_fits_and_predicts_beside_awkward_columns(families):
    columns = {name: values for family in families for name, values in COLUMNS[family].items()}
    assert _failures(dataset(columns, "binary")) == {}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["multiclass", "regression"])
def test_every_recipe_of_other_problems_fits_beside_awkward_columns(kind):
    assert _failures(dataset(ALL, kind)) == {}


def test_columns_of_characters_say_what_words_would():
    """Grades such as "A C D F" decide: characters stand in where no word has two letters."""
    r = np.random.default_rng(1)
    grades = [" ".join(r.choice(list("ABCDF"), 5)) for _ in range(400)]
    table = pd.DataFrame({"grades": grades, "noise": r.normal(size=400), "y": ["A" in g for g in grades]})
    data = make_dataset(read_table(table), "y", test=0.0)
    assert [c.role for c in data.task.columns] == ["text", "numeric"]
    X, y = data.development.X, data.development.y
    with threadpool_limits(1):
        linear = PLANNER.baselines(data.task)[1].solution.build().fit(X.iloc[:300], y[:300])
    assert np.mean(linear.predict(X.iloc[300:]) == y[300:]) > 0.95
