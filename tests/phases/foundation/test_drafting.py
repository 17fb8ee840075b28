from dataclasses import replace

import numpy as np
import pytest

from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.evaluation import Failed, Scored
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.executors.local.executor import LocalExecutor
from mlestar_jupyter.online.base import Reference
from mlestar_jupyter.phases.foundation import run as foundation
from mlestar_jupyter.phases.foundation.settings import FoundationSettings
from mlestar_jupyter.phases.search import run as search
from mlestar_jupyter.phases.search.ideas import find_ideas
from mlestar_jupyter.phases.search.settings import SearchSettings
from mlestar_jupyter.planners.base import Draft
from tests.agents_for_tests import (
    BAYES,
    BROKEN,
    CONTRACTS,
    FOREST,
    IDEAS,
    ScriptedAgents,
    mended,
    with_block,
    with_model,
)
from tests.core.blocks_for_tests import BLOCKS
from tests.fakes import DUMMY, ScriptedPlanner
from tests.phases.contexts_for_tests import fresh_context, within


def found(churn, executor, folder, agents, **settings):
    context = fresh_context(churn, executor, folder, agents=agents)
    return context, foundation.run(context, FoundationSettings(**settings))


def of_model(result):
    return [e for e in result.evaluations if e.candidate.author == "model"]


def forests(*trees):
    return [with_model(FOREST.format(trees=n), f"forest of {n}") for n in trees]


def test_search_keeps_as_many_ideas_as_wanted_with_their_source(churn, executor, tmp_path):
    agents = ScriptedAgents(retrieve=[IDEAS])
    result = search.run(fresh_context(churn, executor, tmp_path, agents=agents), SearchSettings(models=4))
    assert result.ideas == IDEAS[:4]
    section = next(s for s in result.view().sections if s.heading == "Ideas of the model")
    assert [e.facts for e in section.entries] == [("the model's",)] * 4
    assert section.entries[0].links[0][1].href == "https://example.org/paper"
    assert agents.asked["retrieve"][0][-1] == 4


def test_references_that_may_know_the_answer_are_kept_from_the_retriever(churn, executor, tmp_path):
    honest = Reference("arxiv", "churn", "Boosting", "https://example.org/a", "text")
    agents = ScriptedAgents(retrieve=[IDEAS])
    context = fresh_context(churn, executor, tmp_path, agents=agents)
    find_ideas(context, [honest, replace(honest, title="This very table", contaminated=True)], [], "", 4)
    assert agents.asked["retrieve"][0][0] == [honest]


def test_search_asks_nobody_for_no_models(churn, executor, tmp_path):
    agents = ScriptedAgents(retrieve=[IDEAS])
    assert search.run(fresh_context(churn, executor, tmp_path, agents=agents), SearchSettings(models=0)).ideas == []
    assert agents.counts["retrieve"] == 0


def test_every_idea_becomes_a_solution_of_the_models_in_the_race(churn, executor, tmp_path):
    agents = ScriptedAgents(retrieve=[IDEAS], initial=forests(2, 3, 4, 5))
    context, result = found(churn, executor, tmp_path, agents)
    assert agents.counts["initial"] == 4
    assert sorted(e.candidate.label for e in of_model(result)) == [f"forest of {n}" for n in (2, 3, 4, 5)]
    assert list(result.table["author"]).count("model") == 4
    recorded = {e.candidate.label for e in context.state.members}
    assert "forest of 5" in recorded


def test_folds_are_not_the_models_to_choose(churn, executor, tmp_path):
    def easier(idea, start, notes):
        blocks = {**start.blocks, "model": BAYES, "validation": BLOCKS["validation"].replace("(4,", "(2,")}
        return Draft("easier", Solution.of(blocks), "an idea")

    context, result = found(churn, executor, tmp_path, ScriptedAgents(retrieve=[IDEAS[:1]], initial=[easier]))
    (draft,) = of_model(result)
    assert len(draft.fold_scores) == len(context.state.baseline.fold_scores) == 4


@pytest.mark.parametrize("fault", [BROKEN, "def make_modle():\n    return 1", "", "def ("])
def test_failed_draft_is_mended_a_bounded_number_of_times_and_then_dropped_with_its_reason(
    churn, executor, tmp_path, fault
):
    still = [mended("model", BROKEN.replace("broken", f"broken {n}")) for n in range(9)]
    agents = ScriptedAgents(retrieve=[IDEAS[:1]], initial=[with_model(fault)], debug=still)
    context, result = found(churn, executor, tmp_path, agents, repairs=3)
    assert agents.counts["debug"] == 3
    assert [type(e) for e in of_model(result)] == [Failed] * 4
    assert "broken 2" in of_model(result)[-1].reason
    assert result.best.candidate.author == "planner"
    assert context.state.score is result.best


def test_mended_draft_takes_part_and_the_broken_version_has_no_score(churn, executor, tmp_path):
    mend = mended("model", FOREST.format(trees=20))
    agents = ScriptedAgents(retrieve=[IDEAS[:1]], initial=[with_model(BROKEN, "bold")], debug=[mend])
    _, result = found(churn, executor, tmp_path, agents)
    assert [(e.candidate.label, isinstance(e, Scored)) for e in of_model(result)] == [
        ("bold", False), ("bold, repair 1", True),
    ]  # fmt: skip


def test_leakage_is_looked_for_before_every_evaluation_of_the_models(churn, executor, tmp_path):
    agents = ScriptedAgents(
        retrieve=[IDEAS[:2]],
        initial=[*forests(3), with_model(BROKEN)],
        debug=[mended("model", BAYES)],
        merge=forests(40),
        use_data=forests(50),
    )
    _, result = found(churn, executor, tmp_path, agents)
    checked = {solution.id for (solution,) in agents.asked["check_leakage"]}
    assert {e.candidate.id for e in of_model(result)} == checked
    assert len(checked) == 5


def test_what_the_leakage_checker_corrects_is_evaluated_in_place_of_what_leaks(churn, executor, tmp_path):
    honest = FOREST.format(trees=7)
    agents = ScriptedAgents(
        retrieve=[IDEAS[:1]], initial=forests(3), check_leakage=[lambda s: s.with_block("model", honest)]
    )
    _, result = found(churn, executor, tmp_path, agents)
    (draft,) = of_model(result)
    assert "n_estimators=7" in draft.candidate.solution.blocks["model"]
    assert "corrected by the leakage checker" in draft.candidate.reason


def test_merging_stops_at_the_first_that_is_worse(churn, executor, tmp_path):
    agents = ScriptedAgents(retrieve=[IDEAS[:3]], initial=forests(2, 3, 4), merge=[with_model(DUMMY, "worse")] * 3)
    _, result = found(churn, executor, tmp_path, agents)
    assert agents.counts["merge"] == 1
    assert agents.counts["use_data"] == 1
    assert result.best.candidate.label != "worse"


def test_merging_goes_on_from_what_is_as_good(churn, executor, tmp_path):
    merges = [with_block("cleaning", CONTRACTS, "merged"), with_model(DUMMY, "worse"), with_model(BAYES)]
    agents = ScriptedAgents(retrieve=[IDEAS[:3]], initial=forests(1, 2, 3), merge=merges)
    _, result = found(churn, executor, tmp_path, agents)
    first, second = agents.asked["merge"]
    merged = next(e for e in result.evaluations if e.candidate.label == "merged")
    assert merged.candidate.parent == first[0].id
    assert second[0] == merged.candidate.solution
    assert first[1] != second[1]
    assert agents.asked["use_data"] == [(merged.candidate.solution,)]
    assert result.best is merged


def test_no_merges_are_none_and_the_use_of_the_data_is_looked_at_once(churn, executor, tmp_path):
    agents = ScriptedAgents(retrieve=[IDEAS[:2]], initial=forests(2, 3))
    found(churn, executor, tmp_path, agents, merges=0)
    assert (agents.counts["merge"], agents.counts["use_data"]) == (0, 1)


def test_a_failed_merge_leaves_the_best_as_it_was(churn, executor, tmp_path):
    agents = ScriptedAgents(retrieve=[IDEAS[:1]], initial=forests(3), merge=[with_model(BROKEN, "bad merge")])
    context, result = found(churn, executor, tmp_path, agents, repairs=1)
    failed = next(e for e in result.evaluations if e.candidate.label == "bad merge")
    assert isinstance(failed, Failed)
    assert context.state.score is result.best
    assert agents.counts["debug"] == 1


@pytest.mark.parametrize("metric", ["neg_log_loss", "neg_brier_score"])
def test_failed_script_never_beats_a_score_below_nought(churn, executor, tmp_path, metric):
    agents = ScriptedAgents(retrieve=[IDEAS[:2]], initial=[with_model(BROKEN), *forests(5)])
    context = fresh_context(churn, executor, tmp_path, agents=agents, metric=metric)
    result = foundation.run(context, FoundationSettings(repairs=0))
    assert isinstance(of_model(result)[-1], Failed)
    assert isinstance(result.best, Scored)
    assert all(isinstance(m, Scored) for m in context.state.members)


class Regressors(ScriptedPlanner):
    def baselines(self, task):
        start = Solution.of({**BLOCKS, "validation": BLOCKS["validation"].replace("StratifiedKFold", "KFold")})
        model = "from sklearn.{} import {}\n\n\ndef make_model(**params):\n    return {}(**params)"
        dummy, linear = ("dummy", "DummyRegressor"), ("linear_model", "LinearRegression")
        return [
            Draft(name, start.with_block("model", model.format(module, name, name)), "a regressor")
            for module, name in (dummy, linear)
        ]


def test_failed_script_never_beats_an_error(churn, tmp_path):
    agents = ScriptedAgents(retrieve=[IDEAS[:1]], initial=[with_model(BROKEN)])
    workers = LocalExecutor(2)  # of its own: workers keep the table that they were given first
    context = fresh_context(churn, workers, tmp_path, agents=agents, target="TotalCharges", planner=Regressors())
    result = foundation.run(context, FoundationSettings(repairs=1))
    workers.close()
    assert result.metric.name == "neg_root_mean_squared_error"
    assert [type(e) for e in of_model(result)] == [Failed]
    assert result.best.candidate.label == "LinearRegression"


def plain(result):
    return [
        (e.candidate.id, e.candidate.label, e.candidate.parent, getattr(e, "fold_scores", None))
        for e in result.evaluations
    ]


def test_a_model_that_has_nothing_to_say_changes_nothing(churn, executor, tmp_path):
    _, alone = found(churn, executor, tmp_path / "alone", None)
    _, silent = found(churn, executor, tmp_path / "silent", ScriptedAgents(retrieve=[IDEAS]))
    assert plain(silent) == plain(alone)
    measured = ["fit s", "row ms", "rows/s"]
    assert silent.table.drop(columns=measured).equals(alone.table.drop(columns=measured))


def script():
    return ScriptedAgents(
        retrieve=[IDEAS[:2]], initial=[with_model(BROKEN), *forests(5)],
        debug=[mended("model", FOREST.format(trees=30))], merge=forests(40, 41), use_data=forests(50),
    )  # fmt: skip


@pytest.mark.parametrize("limit", [2, 5, 6, 7, 8, 20])
def test_replay_makes_the_same_candidates_and_asks_nothing_new(churn, executor, tmp_path, limit):
    agents = script()
    context = fresh_context(churn, executor, tmp_path, agents=agents)
    first = within(context, evaluations=limit)
    once = foundation.run(first, FoundationSettings())
    asked, spent = agents.counts, first.budget.spent
    assert spent <= limit
    again = foundation.run(within(context, evaluations=spent), FoundationSettings())
    assert plain(again) == plain(once)
    assert agents.counts == asked


def test_replay_of_what_time_cut_short_goes_as_far(churn, executor, tmp_path):
    ticks = iter(np.arange(0, 1e6, 0.5))
    agents = script()
    context = fresh_context(churn, executor, tmp_path, agents=agents)
    budget = Budget(12, clock=lambda: next(ticks))
    once = foundation.run(replace(context, budget=budget), FoundationSettings(batches=0))
    asked = agents.counts
    again = foundation.run(within(context, evaluations=budget.spent), FoundationSettings(batches=0))
    assert plain(again) == plain(once)
    assert agents.counts == asked


def test_interrupt_keeps_what_was_evaluated_and_goes_on_from_there(churn, executor, tmp_path):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    agents = ScriptedAgents(retrieve=[IDEAS[:2]], initial=forests(5, 6), merge=[interrupted])
    context = fresh_context(churn, executor, tmp_path, agents=agents)
    with pytest.raises(KeyboardInterrupt):
        foundation.run(context, FoundationSettings())
    fits = []
    context.evaluator.emit = lambda event: fits.append(event) if type(event).__name__ == "FoldDone" else None
    agents.scripts["merge"] = forests(40)
    result = foundation.run(context, FoundationSettings(merges=1))
    assert len(of_model(result)) == 3
    assert len(fits) == 4  # of the merge alone: all others are known
    context.journal.close()
