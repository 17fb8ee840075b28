"""Names from the table in generated source: constants and nothing else, and never overwritten."""

import ast
import io
import tokenize
import warnings
from dataclasses import replace
from functools import cache

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from mlestar_jupyter.core.blocks import check_block
from mlestar_jupyter.core.build import load_module
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.knowledge import recipes
from mlestar_jupyter.knowledge.approach import load_approaches
from mlestar_jupyter.modalities.date import date_parts
from mlestar_jupyter.planners.recipes import RecipePlanner
from mlestar_jupyter.planners.variants import variants
from tests.knowledge.hostile import PLAIN, renamed_table, renamed_task, sources

TRICKS = (
    "Price\n(USD)", '"""\nexit()\n"""', "'''\nexit()\n'''", '"); exit() #', "'); exit() #", "{exit()}", "{{ exit() }}",
    "{% raw %}", "\\", "\\N{x}", "C:\\users\\N", "%s %(x)s", "$a$ per _{b$", "# mlestar: model", "<b>&amp;</b>", "\x00",
    "\x1b[31m", "\u2028exit()", "\x85exit()", "\x0cexit()", "\ud800", "class", "None", "float", "self", "X", "np", "pd",
    "ﬁ", "fi", "µ", "μ", "a__b", "", " ", "\t", "\r\nexit()", "x" * 5_000, '[a] <b>, {c}: "d"', "new ", "random numbers",
)  # fmt: skip
JOINTS = (" per ", " minus ", " times ", " x ", " mean by ", " to ", "_days", "_hour", "_year", " days", "'", "new ")
NAMES = st.sampled_from(TRICKS) | st.text(st.characters(exclude_categories=()), max_size=20)
CLASHING = st.lists(st.sampled_from([*"abc", *JOINTS]), min_size=1, max_size=5).map("".join)
KINDS = ({}, {"time": "stamp"}, {"group": "person"}, {"problem": "regression", "time": "stamp"})


def tables_of(names, count):
    return st.lists(names, min_size=count, max_size=count, unique=True)


def words(source):
    """Every identifier of a source, the fixed texts of its f-strings, and its comments."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        found |= {
            str(getattr(node, field))
            for field in ("id", "attr", "arg", "name", "asname", "module", "conversion")
            if hasattr(node, field)
        }
        if isinstance(node, ast.JoinedStr):
            found |= {part.value for part in node.values if isinstance(part, ast.Constant)}
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return found | {t.string for t in tokens if t.type == tokenize.COMMENT}


@cache
def _vocabulary():
    """What recipes write for plain names, and for names that are taken."""
    known = set()
    for kind in KINDS:
        plain = renamed_task(PLAIN, **kind)
        for task in (plain, renamed_task(PLAIN, ["opened_days", "stamp_days", "random numbers", *_usual()], **kind)):
            known = known.union(*map(words, sources(task).values()))
    return known


def _cleaned(task, X):
    return load_module("hostile_cleaning", recipes.cleaning(task)).clean(X)


def _transformed(technique, X, y):
    module = load_module("hostile_features", recipes.features([technique]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return module.make_features().fit_transform(X, y)


def _added(task):
    """The columns that the techniques add to the usual table."""
    X, y = renamed_table(PLAIN)
    cleaned = _cleaned(task, X)
    made = [_transformed(t, cleaned, y) for t in recipes.feature_techniques(task).values() if t.name != "selection"]
    return list(dict.fromkeys(c for table in made for c in table if c not in cleaned))


@cache
def _usual():
    return _added(renamed_task(PLAIN))


@pytest.mark.parametrize("kind", KINDS, ids=["plain", "time", "group", "growth"])
@given(names=tables_of(NAMES, len(PLAIN)))
@example(names=list(TRICKS[: len(PLAIN)]))
@example(names=list(TRICKS[len(PLAIN) : 2 * len(PLAIN)]))
@example(names=list(TRICKS[-len(PLAIN) :]))
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_every_source_has_names_of_the_table_as_constants_alone(kind, names):
    task = renamed_task(names, **kind)
    for what, source in sources(task).items():
        check_block(what.partition(" ")[0], source)
        assert words(source) <= _vocabulary(), what
    constants = {n.value for n in ast.walk(ast.parse(recipes.cleaning(task))) if isinstance(n, ast.Constant)}
    assert set(names) - {names[PLAIN.index("member")], names[PLAIN.index("shop")], names[PLAIN.index("colour")]} - (
        {names[PLAIN.index("person")]} if kind.get("group") else set()
    ) <= constants | {names[PLAIN.index("person")]}


@pytest.mark.parametrize("position", range(0, len(TRICKS), len(PLAIN) - 1))
def test_solutions_of_hostile_names_fit_and_predict(position):
    names = (TRICKS[position:] + TRICKS)[: len(PLAIN)]
    # no library hashes half a character, and NumPy drops a zero byte at the end of a text
    names = tuple(f"{name.encode('utf-8', 'replace').decode()}." for name in names)
    task, (X, y) = renamed_task(names), renamed_table(names)
    for draft in RecipePlanner().baselines(task)[1:]:
        techniques = list(recipes.feature_techniques(task).values())
        solution = draft.solution.with_block("features", recipes.features(techniques))
        with warnings.catch_warnings(), threadpool_limits(1):
            warnings.simplefilter("ignore")
            assert len(solution.build().fit(X, y).predict(X.head(3))) == 3


FAMILIES = {a.id: a for a in load_approaches() if a.kind == "model"}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_takes_names_that_libraries_refuse(family):
    """LightGBM refuses characters of JSON and takes blanks for underscores, XGBoost brackets, scikit-learn ``__``."""
    names = ("i", "c", '[a] <b>, {c}: "d"', "a_b", "a b", "a__b", "]", "[", "<", "at:1", "at: 2", "{p}", "text__x")
    fits = FAMILIES[family].problems
    problem = "regression" if not fits or "regression" in fits else "binary"
    time = "stamp" if FAMILIES[family].recipe.get("growth") else None
    task, (X, y) = renamed_task(names, problem=problem, time=time), renamed_table(names, problem=problem)
    if time is not None:  # free text makes a matrix without names, which the line in time needs
        X = X.drop(columns="text__x")
        task = replace(task, columns=tuple(c for c in task.columns if c.name != "text__x"))
    drafts = [
        RecipePlanner().draft(task, r) for r in RecipePlanner().approaches(task, "", 100) if r.approach.id == family
    ]
    if not drafts:
        pytest.skip("its package is not installed, or it does not suit this task")
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")
        model = drafts[0].solution.build().fit(X, y)
        assert len(model.predict(X.head(2))) == 2


# --- columns that recipes make ------------------------------------------------------------------------------------


def _check_nothing_is_overwritten(names, more):
    task, (X, y) = renamed_task(names, more), renamed_table(names, more)
    plain_more = [f"more {i}" for i in range(len(more))]
    usual, (usual_X, _) = renamed_task(PLAIN, plain_more), renamed_table(PLAIN, plain_more)
    cleaned, usual_cleaned = _cleaned(task, X), _cleaned(usual, usual_X)
    assert len(cleaned.columns) == len(usual_cleaned.columns) == len(set(cleaned.columns))
    for name in more:
        pd.testing.assert_series_equal(cleaned[name], X[name])
    made = {name: _transformed(t, cleaned, y) for name, t in recipes.feature_techniques(task).items()}
    added = []
    for name, technique in recipes.feature_techniques(usual).items():
        if name != "selection":
            pd.testing.assert_frame_equal(made[name][list(cleaned.columns)], cleaned)
            new = [c for c in made[name] if c not in cleaned]
            assert len(new) == len(_transformed(technique, usual_cleaned, y).columns) - len(usual_cleaned.columns), name
            added += new
    assert len(added) == len(set(added))


@given(names=tables_of(CLASHING, len(PLAIN) + 3))
@example(names=[*"abcdefghij", "opened", "stamp", "review", "opened_days", "stamp_hour", "opened_year"])
@example(
    names=["i", "s", "x", "y per z", "r", "x per y", "k", "l x m", "k x l", "d", "d_days", "p", "t", "z", "m", "c"]
)
@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_recipes_never_overwrite_a_column_of_the_table_nor_each_others(names):
    _check_nothing_is_overwritten(names[: len(PLAIN)], names[len(PLAIN) :])


def test_recipes_keep_out_of_the_way_of_every_name_that_they_would_use():
    _check_nothing_is_overwritten(PLAIN, [*_usual()[::3], "opened_days", "stamp_year", "random numbers"])


def test_columns_of_dates_under_other_names_are_found_by_the_other_blocks():
    taken = [f"{date}_{part}" for date in ("opened", "stamp") for part in ("days", "hour", "weekday", "month")]
    task, (X, y) = renamed_task(PLAIN, taken, time="stamp"), renamed_table(PLAIN, taken)
    plain, (plain_X, _) = renamed_task(PLAIN, time="stamp"), renamed_table(PLAIN)
    assert date_parts(task)["stamp"]["days"] == "stamp_days_2"
    assert "'stamp_days_2'" in recipes.feature_techniques(task)["selection"].definition.replace('"', "'")
    for name, usual in (
        ("calendar", "opened monthday"),
        ("date differences", "opened to stamp days"),
        ("cycles", None),
    ):
        made = _transformed(recipes.feature_techniques(task)[name], _cleaned(task, X), y)
        expected = _transformed(recipes.feature_techniques(plain)[name], _cleaned(plain, plain_X), y)
        ours, theirs = (usual, usual) if usual else ("opened_month_2 cos", "opened_month cos")
        pd.testing.assert_series_equal(made[ours], expected[theirs], check_names=False)


def test_line_in_time_is_drawn_over_the_date_and_not_over_a_column_of_the_user():
    task = renamed_task(PLAIN, ["stamp_days"], problem="regression", time="stamp")
    without_text = replace(task, columns=tuple(c for c in task.columns if c.role != "text"))
    assert recipes.growth_column(without_text) == "numbers__stamp_days_2"


@pytest.mark.parametrize("block", ["cleaning", "features"])
def test_techniques_keep_out_of_the_way_of_what_a_human_added(block):
    task, (X, y) = renamed_task(PLAIN), renamed_table(PLAIN)
    solution = RecipePlanner().baselines(task)[1].solution
    mine = {
        "cleaning": recipes.cleaning(task).replace("    return X\n", '    X["missing_values"] = 7.0\n    return X.assign(cluster=7.0)\n'),
        "features": (
            "from sklearn.preprocessing import FunctionTransformer\n\n\ndef add_mine(X):\n"
            "    return X.assign(missing_values=7.0, cluster=7.0)\n\n\n"
            "def make_features():\n    return FunctionTransformer(add_mine)\n"
        ),
    }  # fmt: skip
    solution = solution.with_block(block, mine[block])
    for label, source, _ in variants(task, solution, "features", []):
        if label in ("missing count", "clusters"):
            made = Solution.of({**solution.blocks, "features": source}).build()[:2].fit_transform(X, y)
            assert (made[["missing_values", "cluster"]] == 7).all(axis=None), label
