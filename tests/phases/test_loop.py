"""The whole loop of the paper with scripted roles: how often each is asked follows from M, T, K, L and R."""

from dataclasses import replace
from importlib import import_module

import pytest

from mlestar_jupyter.attempts.estimating import Ahead
from mlestar_jupyter.phases.ablation import run as ablation
from mlestar_jupyter.phases.ablation.settings import AblationSettings
from mlestar_jupyter.phases.ensemble import run as ensemble
from mlestar_jupyter.phases.ensemble.settings import EnsembleSettings
from mlestar_jupyter.phases.foundation import run as foundation
from mlestar_jupyter.phases.foundation.settings import FoundationSettings
from mlestar_jupyter.phases.refinement import run as refinement
from mlestar_jupyter.phases.refinement.settings import RefinementSettings
from mlestar_jupyter.phases.registry import PHASES
from mlestar_jupyter.phases.search import run as search
from mlestar_jupyter.phases.search.settings import SearchSettings
from mlestar_jupyter.planners.base import Plan, Proposal
from tests.agents_for_tests import CONTRACTS, FOREST, IDEAS, VOTE, ScriptedAgents, with_block, with_model
from tests.phases.contexts_for_tests import fresh_context

M, T, K, L, R = 3, 2, 3, 2, 2


def another(number):
    """Code that is new each time and does the same: a remark below the block."""

    def code(solution, plan):
        source = solution.blocks[plan.block] + f"# remark {number}\n"
        return Proposal(plan.block, source, f"remark {number}", plan.text)

    return code


def part(number):
    def ablated(solution, summaries):
        source = solution.blocks["cleaning"] + f"# part {number}\n"
        return [Proposal("cleaning", source, f"part {number}", "what is it worth?")]

    return ablated


def talkative():
    return ScriptedAgents(
        retrieve=[IDEAS],
        initial=[with_model(FOREST.format(trees=n), f"forest of {n}") for n in range(10, 20)],
        merge=[with_block("cleaning", CONTRACTS, "merged"), *(with_model(FOREST.format(trees=1), "worse"),) * 3],
        use_data=[with_block("cleaning", CONTRACTS + "  # all columns", "all columns")],
        ablate=[part(n) for n in range(20)],
        summarize=[f"words {n}" for n in range(20)],
        extract=[lambda solution, summary, blocks, worked_on, notes: Plan(blocks[0], "first")] * 20,
        plan=[lambda solution, block, attempts, notes: Plan(block, f"plan {len(attempts)}")] * 99,
        code=[another(n) for n in range(99)],
        plan_ensemble=[f"plan {n}" for n in range(9)],
        code_ensemble=[VOTE.format(weights=[1] * 3 + [n]) for n in range(1, 9)],
    )


ROLES = {
    "retrieve": "retriever", "initial": "initial", "merge": "merger", "use_data": "data_usage",
    "check_leakage": "leakage", "debug": "debugger", "ablate": "ablation", "summarize": "summariser",
    "extract": "extractor", "plan": "planner", "code": "coder", "plan_ensemble": "ensemble_planner",
    "code_ensemble": "ensembler",
}  # fmt: skip


def estimate_of(context, name, settings):
    """What a phase says beforehand, as `plan` asks for it."""
    solutions = () if context.state.solution is None else (context.state.solution,)
    module = import_module(f"{PHASES[name].package}.estimate")
    alone = replace(context, planner=context.planner.without_asking())
    ahead = Ahead(alone, context.planner.writes_code, context.planner.paths, solutions)
    return module.estimate(ahead, settings)


@pytest.fixture(scope="module")
def estimated():
    """By phase: the estimate, the candidates that it then put on record, and how often each role was asked."""
    return {}


@pytest.fixture(scope="module")
def loop(churn, executor, tmp_path_factory, estimated):
    """All phases that the model takes part in."""
    agents = talkative()
    context = fresh_context(churn, executor, tmp_path_factory.mktemp("loop"), agents=agents)
    phases = {
        "search": (search, SearchSettings(models=M)),
        "foundation": (foundation, FoundationSettings()),
        "ablation": (ablation, AblationSettings(repeats=1, noise_floor=False, importance=False)),
        "refinement": (refinement, RefinementSettings(iterations=T, attempts=K, paths=L, by_impact=False)),
        "ensemble": (ensemble, EnsembleSettings(rounds=R, strategies=("mean",))),
    }
    for name, (phase, settings) in phases.items():
        estimate, asked, known = estimate_of(context, name, settings), agents.counts, len(context.journal.candidates())
        context.state.results[name] = phase.run(context, settings)
        put_up = {c.id for c in context.journal.candidates()[known:]}
        estimated[name] = estimate, put_up, {ROLES[r]: n - asked[r] for r, n in agents.counts.items()}
    return context


def test_no_role_is_asked_more_often_than_the_plan_says(loop, estimated):
    wrong = [
        (name, role, count, estimate.calls.most[role])
        for name, (estimate, _, asked) in estimated.items()
        for role, count in asked.items()
        if count > estimate.calls.most[role]
    ]
    assert wrong == []


def test_bounds_of_the_plan_hold_with_a_chat_model_too(loop, estimated):
    wrong = {
        n: (str(e.candidates), len(found)) for n, (e, found, _) in estimated.items() if len(found) not in e.candidates
    }
    assert wrong == {}


def test_each_role_is_asked_as_often_as_the_papers_parameters_say(loop):
    counts = loop.planner.roles.counts
    assert {role: counts[role] for role in ("retrieve", "initial", "use_data")} == {
        "retrieve": 1, "initial": M, "use_data": 1,
    }  # fmt: skip
    assert counts["merge"] == 2  # one that was as good, and the first that was worse
    assert counts["extract"] == L * T
    assert counts["code"] == L * T * K
    assert counts["plan"] == L * T * (K - 1)
    assert counts["ablate"] == counts["summarize"] == 1 + (L - 1) + L * (T - 1)
    assert counts["plan_ensemble"] == counts["code_ensemble"] == R


def test_attempts_are_counted_by_path_and_round(loop):
    result = loop.state.results["refinement"]
    assert len(result.attempts) == L * T * K
    assert [r.path for r in result.rounds] == [1] * T + [2] * T
    assert [r.because.startswith("the model chose it") for r in result.rounds] == [True] * L * T


def test_every_candidate_of_the_models_is_on_record_as_its_own_with_parent_and_reason(loop):
    own = [c for c in loop.journal.candidates() if c.author == "model"]
    assert {c.phase for c in own} >= {"foundation", "ablation", "refinement", "ensemble"}
    assert all(c.reason for c in own)
    assert all(c.parent for c in own if c.phase != "foundation" or c.label in ("merged", "worse", "all columns"))


def test_leakage_was_looked_for_before_every_evaluation_of_the_models(loop):
    checked = {solution.id for (solution,) in loop.planner.roles.asked["check_leakage"]}
    own = {c.id for c in loop.journal.candidates() if c.author == "model" and c.phase != "confirmation"}
    assert own == checked


def test_the_best_of_the_models_is_attributed_to_it(loop):
    assert loop.state.results["foundation"].best.candidate.author == "model"


def test_results_read_and_report(loop):
    for result in loop.state.results.values():
        assert result.view().html()
        assert result.to_dict()["phase"] == result.phase
    words = next(s for s in loop.state.results["ablation"].view().sections if s.heading == "In the model's words")
    assert words.text == "words 0"
    assert loop.state.results["ablation"].suggested == {}
