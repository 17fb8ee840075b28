"""Ensembles that a chat model plans, in scripted roles whose blocks really fit."""

from dataclasses import replace

import pytest

from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.evaluation import Failed, Scored
from mlestar_jupyter.core.statistics import corrected_t_test
from mlestar_jupyter.phases.ensemble import run as ensemble
from mlestar_jupyter.phases.ensemble.choosing import choose
from mlestar_jupyter.phases.ensemble.settings import EnsembleSettings
from mlestar_jupyter.planners.recipes import RecipePlanner
from tests.agents_for_tests import BROKEN_VOTE, VOTE, ScriptedAgents, mended
from tests.phases.contexts_for_tests import context_of, within

VOTES = [VOTE.format(weights=[2, n]) for n in range(1, 7)]
QUICK = {"strategies": ("mean", "greedy")}


@pytest.fixture(scope="module")
def start(churn, executor, tmp_path_factory):
    return replace(context_of(churn, executor, tmp_path_factory.mktemp("plans"), []), planner=RecipePlanner())


@pytest.fixture
def run(start, request):
    """Run the phase with scripted roles, under a token of the test's own."""

    def run(agents, *, budget=None, **settings):
        context = within(start, token=request.node.name, agents=agents)
        if budget is not None:
            context = replace(context, budget=budget)
        return context, ensemble.run(context, EnsembleSettings(**QUICK | settings))

    return run


def plans(count):
    return [f"plan {n}" for n in range(1, count + 1)]


def test_rounds_are_counted_and_each_knows_how_the_earlier_ones_did(run):
    agents = ScriptedAgents(plan_ensemble=plans(9), code_ensemble=VOTES)
    _, result = run(agents, rounds=5)
    assert (agents.counts["plan_ensemble"], agents.counts["code_ensemble"]) == (5, 5)
    assert [len(earlier) for _, earlier, _ in agents.asked["plan_ensemble"]] == [0, 1, 2, 3, 4]
    assert agents.asked["plan_ensemble"][-1][1][0].evaluation.score == result.plans[0].evaluation.score
    assert all(p.evaluation.candidate.author == "model" for p in result.plans)
    assert all(len(p.evaluation.candidate.solution.members) <= 4 for p in result.plans)


def test_the_best_plan_stands_last_in_the_comparison_and_counts_for_all(run):
    agents = ScriptedAgents(plan_ensemble=plans(3), code_ensemble=VOTES)
    _, result = run(agents, rounds=3)
    best = max(result.plans, key=lambda p: p.evaluation.score)
    last = result.combinations[-1]
    assert last.strategy == f"model's plan {best.number}"
    assert last.evaluation is best.evaluation
    assert last.chosen_from == 3
    before = max(c.p_adjusted for c in result.combinations[:-1])
    assert last.p_adjusted == pytest.approx(max(before, min(1.0, 3 * last.test.p_value if last.test.mean > 0 else 1)))
    text = result.view().text()
    assert "How they are combined stands in the block." in text
    assert "nan" not in text


def test_failed_rounds_are_shown_with_their_reasons_and_the_others_go_on(run):
    sources = [None, "def make_ensmble(members):\n    return 1", BROKEN_VOTE, VOTES[0]]
    agents = ScriptedAgents(plan_ensemble=plans(4), code_ensemble=sources)
    _, result = run(agents, rounds=4, repairs=0)
    assert [type(p.evaluation) for p in result.plans] == [Failed, Failed, Failed, Scored]
    section = next(s for s in result.view().sections if s.heading == "Plans of the model")
    assert section.table["why"].str.contains("no block|define|no ensemble").sum() == 3
    assert result.combinations[-1].strategy == "model's plan 4"
    assert agents.asked["plan_ensemble"][-1][1][2].evaluation is result.plans[2].evaluation


def test_plans_are_checked_for_leakage_and_mended_within_bounds(run):
    agents = ScriptedAgents(
        plan_ensemble=plans(2), code_ensemble=[BROKEN_VOTE, BROKEN_VOTE + "  # again"],
        debug=[mended("ensemble", VOTES[0]), *(mended("ensemble", f"{BROKEN_VOTE}  # {n}") for n in range(5))],
    )  # fmt: skip
    _, result = run(agents, rounds=2, repairs=2)
    assert agents.counts["debug"] == 1 + 2
    assert [type(p.evaluation) for p in result.plans] == [Scored, Failed]
    assert agents.counts["check_leakage"] == 2 + 3
    assert result.plans[0].evaluation.candidate.id in {s.id for (s,) in agents.asked["check_leakage"]}


def test_debugger_changes_the_ensemble_block_alone(run):
    def too_much(failed):
        return mended("ensemble", VOTES[0])(failed).with_block("hyperparameters", "PARAMS = {'C': 9}")

    agents = ScriptedAgents(plan_ensemble=plans(1), code_ensemble=[BROKEN_VOTE], debug=[too_much])
    _, result = run(agents, rounds=1)
    lead = result.plans[0].evaluation.candidate.solution.single()
    assert lead.id == result.single.candidate.solution.id


def summary(result):
    return [(c.strategy, c.evaluation.fold_scores, c.p_adjusted) for c in result.combinations], result.summary


def test_a_model_that_has_nothing_to_say_changes_nothing(run, start):
    _, silent = run(ScriptedAgents())
    alone = ensemble.run(within(start, token="alone"), EnsembleSettings(**QUICK))
    assert summary(silent) == summary(alone)
    assert silent.skipped == alone.skipped


def test_no_rounds_are_none(run):
    agents = ScriptedAgents(plan_ensemble=plans(1))
    assert run(agents, rounds=0)[1].plans == ()
    assert agents.counts["plan_ensemble"] == 0


@pytest.mark.parametrize("limit", [0, 2, 3, 4, 6, 30])
def test_a_count_of_evaluations_is_kept_and_a_replay_makes_the_same_plans(start, request, limit):
    agents = ScriptedAgents(
        plan_ensemble=plans(4), code_ensemble=[BROKEN_VOTE, *VOTES], debug=[mended("ensemble", VOTES[5])]
    )
    first = within(start, evaluations=limit, token=request.node.name, agents=agents)
    once = ensemble.run(first, EnsembleSettings(rounds=3, **QUICK))
    asked, spent = agents.counts, first.budget.spent
    again = ensemble.run(
        within(start, evaluations=spent, token=request.node.name, agents=agents), EnsembleSettings(rounds=3, **QUICK)
    )
    assert summary(again) == summary(once)
    assert [p.evaluation.candidate.id for p in again.plans] == [p.evaluation.candidate.id for p in once.plans]
    assert (again.skipped, agents.counts) == (once.skipped, asked)
    assert spent <= max(limit, 1)


def test_without_time_for_members_no_plan_is_asked_for(run, start):
    agents = ScriptedAgents(plan_ensemble=plans(1), code_ensemble=VOTES)
    _, result = run(agents, budget=Budget(seconds=0))
    assert agents.counts["plan_ensemble"] == 0
    assert any("plans of the model were not tried" in reason for reason in result.skipped)


@pytest.mark.parametrize(
    ("more", "chosen_from", "kept"), [(0.02, 1, "plan"), (0.02, 10_000, "mean"), (0.0002, 1, "mean")]
)
def test_plan_is_kept_only_where_it_beats_fixed_weights_beyond_noise(run, more, chosen_from, kept):
    agents = ScriptedAgents(plan_ensemble=plans(1), code_ensemble=VOTES)
    _, result = run(agents, rounds=1)
    single, last, first = result.single, result.combinations[-1], result.combinations[0]
    sure = (0.02, 0.021, 0.019, 0.02)
    better = tuple(g + more * f for g, f in zip(sure, (1.0, 1.2, 0.8, -1.0 if more < 0.01 else 1.0), strict=True))

    def gaining(combination, gains, strategy, **changed):
        test = corrected_t_test(gains, single.n_train, single.n_test)
        return replace(combination, strategy=strategy, gains=gains, test=test, p_adjusted=0.001, **changed)

    found = [gaining(first, sure, "mean"), gaining(last, better, "plan", chosen_from=chosen_from)]
    assert choose(found, "score", single.n_train, single.n_test)[0].strategy == kept
