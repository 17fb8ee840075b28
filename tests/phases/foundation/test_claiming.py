"""What a random split would have claimed: rows of a person are on both sides of it."""

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.folds import Fold
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.knowledge import recipes
from mlestar_jupyter.phases.foundation.claiming import Claimed, claim, random_fold
from tests.core.blocks_for_tests import BLOCKS
from tests.phases.contexts_for_tests import fresh_context

METRIC = Metric("roc_auc", greater_is_better=True, needs_probabilities=True)
FOREST = (
    "from sklearn.ensemble import RandomForestClassifier\n\n\n"
    "def make_model(**params):\n    return RandomForestClassifier(30, random_state=0)\n"
)


def persons(n=60, visits=10):
    """Visits of persons whose class has nothing to do with what is known of them."""
    r = np.random.default_rng(0)
    person = np.repeat(np.arange(n), visits)
    features = r.normal(size=(n, 3))[person] + r.normal(scale=0.01, size=(n * visits, 3))
    table = pd.DataFrame(features, columns=list("abc")).assign(person=person, y=(r.permutation(n) % 2)[person])
    return table.sample(frac=1, random_state=0, ignore_index=True)


def claimed_of(table, executor, folder, **how):
    context = fresh_context(table, executor, folder, target="y", **how)
    validation = recipes.validation(context.dataset.task)
    solution = Solution.of(BLOCKS | {"model": FOREST, "validation": validation})
    candidate = Candidate(solution, "forest", None, "planner", "to test", "foundation")
    return context, claim(context, context.evaluator.evaluate([candidate] * 2, Budget()))


def test_random_split_would_have_claimed_what_no_new_person_gets(executor, tmp_path):
    """V7, seen: the class of a person is known from other visits alone."""
    context, claimed = claimed_of(persons(), executor, tmp_path, group="person")
    assert claimed.random > 0.98
    assert claimed.honest == pytest.approx(0.5, abs=0.2)
    assert claimed.by == "person"
    assert claimed.folds == claimed.of == 5
    assert claimed.sentence(context.dataset.task.metric).endswith(f"for forest; by person it is {claimed.honest:.4g}.")
    assert claim(context, []) is None


def test_nothing_is_claimed_where_the_folds_are_random(executor, tmp_path):
    assert claimed_of(persons().drop(columns="person"), executor, tmp_path, group="none")[1] is None


def test_folds_of_the_task_have_the_score_of_the_comparison(executor, tmp_path):
    context = fresh_context(persons(), executor, tmp_path, target="y", group="person")
    validation = recipes.validation(context.dataset.task)
    solution = Solution.of(BLOCKS | {"model": FOREST, "validation": validation})
    found = context.evaluator.evaluate(
        [Candidate(solution, "forest", None, "planner", "x", "foundation")] * 2, Budget()
    )
    assert claim(context, found).honest == found[1].score


@pytest.mark.fast
def test_sentence_says_both_scores():
    by_day = Claimed("forest", 0.81, 0.93, "day", 5, 5, 0.2)
    assert by_day.sentence(METRIC) == "A random split would have claimed roc_auc 0.93 for forest; by day it is 0.81."
    assert Claimed().sentence(METRIC) == ""


@pytest.mark.fast
def test_sentence_says_on_how_many_of_the_folds():
    assert Claimed("forest", 0.81, 0.93, "day", 1, 3).sentence(METRIC) == (
        "A random split would have claimed roc_auc 0.93 for forest on 1 of 3 folds; by day it is 0.81."
    )


@pytest.mark.fast
def test_no_more_is_said_with_an_interval_alone():
    assert Claimed("forest", 0.81, 0.805, "day", 5, 5, -0.001).sentence(METRIC) == (
        "A random split would have claimed no more for forest: roc_auc 0.805, by day it is 0.81."
    )
    assert Claimed("forest", 0.81, 0.805, "day", 5, 5, 0.01).sentence(METRIC) == ""
    assert Claimed("forest", 0.81, 0.805, "day", 1, 5).sentence(METRIC) == ""


def test_random_folds_train_on_as_many_rows_and_test_the_others(churn, executor, tmp_path):
    context = fresh_context(churn, executor, tmp_path)
    rows = context.dataset.development
    fold = random_fold(Fold(np.arange(200), np.arange(200, 240)), rows, context.dataset.task, 1)
    assert len(fold.train) == 200
    assert sorted([*fold.train, *fold.test]) == list(range(len(rows)))
    assert rows.y[fold.train].mean() == pytest.approx(rows.y.mean(), abs=0.01)
