"""Ranking: by the stated rule of each card and the words of the notes."""

import re

import pytest

from mlestar_jupyter.core.task import Column
from mlestar_jupyter.knowledge.approach import load_approaches
from mlestar_jupyter.knowledge.ranking import CONDITIONS, rank
from tests.planners.tables import make_task

pytestmark = pytest.mark.fast

KINDS = {"model", "features", "preprocessing", "encoding", "target", "ensemble", "validation"}


def _ids(task, notes="", limit=100):
    return [r.approach.id for r in rank(task, notes, limit)]


def test_there_are_enough_cards_of_every_kind():
    cards = load_approaches()
    assert len(cards) >= 28
    assert {c.kind for c in cards} <= KINDS
    assert {"model", "features", "encoding", "target", "ensemble"} <= {c.kind for c in cards}


def test_every_card_says_when_it_fits_and_names_dated_evidence():
    for card in load_approaches():
        assert all((card.title, card.summary, card.fits, card.keywords)), card.id
        assert card.evidence, card.id
        for evidence in card.evidence:
            assert all((evidence.claim, evidence.source)), card.id
            assert re.fullmatch(r"\d{4}(-\d{2}){0,2}", evidence.date), card.id
        assert {c.condition for c in card.when} <= set(CONDITIONS), card.id


def test_ranking_is_repeatable_and_explained():
    task = make_task()
    assert _ids(task) == _ids(task)
    for ranked in rank(task, "", 8):
        assert ranked.reasons
    assert len(rank(task, "", 8)) == 8


def test_only_approaches_for_the_problem_are_ranked():
    assert "naive_bayes" not in _ids(make_task("regression"))
    assert "log_target_boosting" not in _ids(make_task("binary"))


def test_most_of_the_first_eight_are_models():
    for problem in ("binary", "multiclass", "regression"):
        kinds = [r.approach.kind for r in rank(make_task(problem), "", 8)]
        assert kinds.count("model") >= 4, kinds


def test_time_and_group_bring_their_folds_up():
    assert _ids(make_task()).index("time_series_split") > _ids(make_task(time="stamp")).index("time_series_split")
    assert _ids(make_task()).index("group_folds") > _ids(make_task(group="person")).index("group_folds")


def test_many_categories_bring_target_encoding_up():
    plain = make_task(without=("shop",))
    assert not any(c.role == "categorical" and c.n_unique > 30 for c in plain.columns if isinstance(c, Column))
    assert _ids(make_task()).index("target_encoding") < _ids(plain).index("target_encoding")


def test_notes_bring_up_what_they_name():
    task = make_task()
    for word, wanted in (("prefer linear models", "linear"), ("try a random forest", "random_forest")):
        assert _ids(task, word).index(wanted) == 0, wanted


def test_notes_keep_away_what_they_refuse():
    task = make_task()
    for notes in ("prefer linear, no neural nets", "without neural networks", "don't use neural networks"):
        assert "neural_network" not in _ids(task, notes, 8), notes
    assert _ids(task, "prefer linear, no neural nets", 3)[0] == "linear"
    assert _ids(task, "no boosting", 5).count("xgboost") == 0


def test_words_that_name_nothing_change_nothing():
    assert _ids(make_task(), "please hurry") == _ids(make_task())


def test_card_whose_need_does_not_hold_is_not_ranked():
    assert "growth_lightgbm" not in _ids(make_task("regression"))
    assert "growth_lightgbm" in _ids(make_task("regression", time="stamp"))
