from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.families.groups import family
from mlestar_jupyter.phases.refinement import run as refinement
from mlestar_jupyter.phases.refinement.settings import RefinementSettings
from mlestar_jupyter.planners.base import Proposal
from tests.phases.contexts_for_tests import context_of
from tests.phases.refinement.test_run import CONTRACTS


def refine(churn, executor, folder, **settings):
    """Refine the trees of the foundation, with columns that help any model; give the context and what came of it."""
    context = context_of(churn, executor, folder, [Proposal("cleaning", CONTRACTS, "contracts", "they matter")])
    worst = min(context.state.members[1:], key=lambda m: m.score)
    context.state.solution, context.state.score = worst.candidate.solution, worst
    return context, refinement.run(context, RefinementSettings(blocks=("cleaning",), **settings))


def test_columns_that_helped_one_model_are_tried_with_those_of_other_families(churn, executor, tmp_path):
    context, result = refine(churn, executor, tmp_path)
    assert CONTRACTS in result.paths[0].after.candidate.solution.blocks["cleaning"]
    crossed = [e.candidate.solution for e in result.crossed]
    assert crossed
    assert {s.blocks["cleaning"] for s in crossed} == {result.paths[0].after.candidate.solution.blocks["cleaning"]}
    assert family(result.paths[0].after.candidate.solution) not in map(family, crossed)
    assert all(e in context.state.members for e in result.crossed)
    titles = [section.heading for section in result.view().sections]
    assert "Crossover" in titles


def test_a_crossover_is_used_only_after_a_test_against_the_end_of_the_path(churn, executor, tmp_path):
    context, result = refine(churn, executor, tmp_path)
    best = max(result.crossed, key=lambda e: e.score)
    assert best.score > result.paths[0].after.score
    last = result.confirmations[-1]
    assert last.block.startswith("crossover ")
    assert last.fresh
    used = result.after.candidate.id == best.candidate.id
    assert used == last.kept == (last.test.mean > 0)
    assert context.state.solution == (best if used else result.paths[0].after).candidate.solution


def test_nothing_is_crossed_where_a_human_decides(churn, executor, tmp_path):
    _, result = refine(churn, executor, tmp_path, review=True)
    assert result.crossed == []


def test_nothing_is_crossed_where_nothing_was_found(churn, executor, tmp_path):
    context = context_of(churn, executor, tmp_path, [])
    result = refinement.run(context, RefinementSettings(blocks=("cleaning",)))
    assert result.crossed == []
    assert isinstance(context.state.score, Scored)
