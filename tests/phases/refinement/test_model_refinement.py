"""Refinement with a chat model's roles, along one path and several."""

from dataclasses import replace
from itertools import count

import pytest

from mlestar_jupyter.core.blocks import PIPELINE_BLOCKS
from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.evaluation import Failed, Scored
from mlestar_jupyter.core.events import FoldDone
from mlestar_jupyter.decisions.proposal import propose
from mlestar_jupyter.phases.ablation import run as ablation
from mlestar_jupyter.phases.ablation.settings import AblationSettings
from mlestar_jupyter.phases.foundation import run as foundation
from mlestar_jupyter.phases.foundation.settings import FoundationSettings
from mlestar_jupyter.phases.refinement import run as refinement
from mlestar_jupyter.phases.refinement.settings import RefinementSettings
from mlestar_jupyter.planners.base import Plan, Proposal
from tests.agents_for_tests import BROKEN, CONTRACTS, ScriptedAgents, codes, mended, plans
from tests.core.blocks_for_tests import BLOCKS
from tests.fakes import DUMMY, ScriptedPlanner
from tests.phases.contexts_for_tests import context_of, fresh_context, with_roles, within

PENALTIES = [f"PARAMS = {{'C': {c}}}" for c in (0.3, 0.7, 1.5, 3.0, 7.0, 9.0)]
RECIPES = [Proposal("hyperparameters", f"PARAMS = {{'C': {c}}}", f"C {c}", "try") for c in (0.1, 0.5, 2, 5)]


@pytest.fixture(scope="module")
def after_foundation(churn, executor, tmp_path_factory):
    return context_of(churn, executor, tmp_path_factory.mktemp("refinement"), [])


@pytest.fixture
def begin(after_foundation, request):
    """After one foundation that all tests share, with proposals and roles of the test's own."""

    def begin(proposals, agents=None):
        planner = with_roles(ScriptedPlanner(proposals), agents)
        return replace(within(after_foundation, token=request.node.name), planner=planner)

    return begin


def refine(context, block="hyperparameters", **settings):
    return refinement.run(context, RefinementSettings(**{"blocks": (block,), "paths": 1} | settings))


def weak_start(context):
    """Begin at the constant, so that any model is a gain."""
    context.state.score = context.state.baseline
    context.state.solution = context.state.baseline.candidate.solution
    return context


def authors(result):
    return [a.proposal.author for a in result.attempts]


def test_first_plan_is_the_extractors_and_later_ones_know_all_attempts(begin):
    agents = ScriptedAgents(
        extract=[Plan("hyperparameters", "first")], plan=plans("hyperparameters", 5),
        code=codes("hyperparameters", PENALTIES),
    )  # fmt: skip
    result = refine(begin([], agents=agents), attempts=4)
    assert len(result.attempts) == 4
    assert agents.counts["extract"] == 1
    assert agents.counts["plan"] == 3
    assert [plan.text for _, plan in agents.asked["code"]] == ["first", "plan 1", "plan 2", "plan 3"]
    assert [len(attempts) for _, _, attempts, _ in agents.asked["plan"]] == [1, 2, 3]
    assert [a.gain is not None for a in agents.asked["plan"][-1][2]] == [True, True, False]  # one is under way
    assert {a.evaluation.candidate.author for a in result.attempts} == {"model"}


def test_model_and_recipes_take_turns(begin):
    agents = ScriptedAgents(plan=plans("hyperparameters", 9), code=codes("hyperparameters", PENALTIES))
    result = refine(begin(RECIPES, agents=agents), attempts=5)
    assert authors(result) == ["model", "planner"] * 2 + ["model"]
    assert [a.proposal.label for a in result.attempts][1::2] == ["C 0.1", "C 0.5"]


def test_a_model_that_falls_silent_leaves_its_turns_to_the_recipes(begin):
    agents = ScriptedAgents(plan=plans("hyperparameters", 1), code=codes("hyperparameters", PENALTIES))
    result = refine(begin(RECIPES, agents=agents), attempts=4)
    assert authors(result) == ["model", "planner", "planner", "planner"]


def outcome(result):
    attempts = [(a.evaluation.candidate.id, a.proposal.label, a.gain, a.kept) for a in result.attempts]
    return attempts, [c.test for c in result.confirmations], [(r.block, r.because, r.attempts) for r in result.rounds]


def test_a_model_that_has_nothing_to_say_changes_nothing(begin):
    context = begin([*RECIPES, Proposal("cleaning", CONTRACTS, "contracts", "try")])
    settings = RefinementSettings(paths=1)
    alone = refinement.run(within(context), settings)
    silent = refinement.run(within(context, token="silent", agents=ScriptedAgents()), settings)
    assert outcome(silent) == outcome(alone)
    assert len(silent.attempts) == 5


@pytest.mark.parametrize("last", [0, 1, 2, 3])
def test_every_attempt_is_compared_the_last_one_too(begin, last):
    sources = [DUMMY + f"  # the same {n}" for n in range(4)]
    sources[last] = BLOCKS["model"]
    agents = ScriptedAgents(plan=plans("model", 9), code=codes("model", sources))
    context = weak_start(begin([], agents=agents))
    result = refine(context, "model", attempts=4)
    assert len(result.attempts) == 4
    assert [(c.label, c.kept) for c in result.confirmations] == [(f"code {last + 1}", True)]
    assert "LogisticRegression" in context.state.solution.blocks["model"]


@pytest.mark.parametrize("source", ["", "  \n"])
def test_an_empty_source_is_refused_and_costs_nothing(begin, source):
    agents = ScriptedAgents(plan=plans("hyperparameters", 1), code=codes("hyperparameters", [source]))
    context = within(begin([], agents=agents), evaluations=50)
    assert [a for a in refine(context).attempts if isinstance(a.evaluation, Scored)] == []
    assert context.budget.spent == 0
    assert context.state.solution.blocks["hyperparameters"] == "# mlestar: hyperparameters\nPARAMS = {}\n"


def test_a_source_marked_as_another_block_is_charged_and_changes_nothing(begin):
    agents = ScriptedAgents(plan=plans("hyperparameters", 1), code=codes("hyperparameters", ["# mlestar: cleaning\n"]))
    context = within(begin([], agents=agents), evaluations=50)
    (attempt,) = refine(context).attempts
    assert isinstance(attempt.evaluation, Failed)
    assert context.budget.spent == 1
    assert context.state.solution.blocks["hyperparameters"] == "# mlestar: hyperparameters\nPARAMS = {}\n"


@pytest.mark.parametrize(
    ("plan", "proposal"),
    [
        (Plan("model", "elsewhere"), Proposal("hyperparameters", PENALTIES[0], "x", "")),
        (Plan("hyperparameters", "here"), Proposal("model", BROKEN, "x", "")),
        (Plan("hyperparameters", "here"), Proposal("hyperparameters", "PARAMS = {}", "the same", "")),
    ],
)
def test_an_answer_beside_the_question_is_no_attempt(begin, plan, proposal):
    agents = ScriptedAgents(plan=[plan], code=[proposal])
    assert refine(begin([], agents=agents)).attempts == []


def test_a_source_that_occurs_twice_is_replaced_in_its_block_alone(begin):
    twice = "PARAMS = {}\n" + BLOCKS["model"]
    agents = ScriptedAgents(plan=plans("hyperparameters", 1), code=codes("hyperparameters", PENALTIES))
    context = begin([], agents=agents)
    context.state.solution = context.state.solution.with_block("model", twice)
    result = refine(context)
    changed = result.attempts[0].evaluation.candidate.solution
    assert changed.blocks["model"].count("PARAMS = {}") == 1
    assert PENALTIES[0] in changed.blocks["hyperparameters"]


def test_failed_attempt_is_mended_a_bounded_number_of_times_and_the_round_goes_on(begin):
    broken = "def make_model(**params):\n    raise ValueError('broken {n}')"
    agents = ScriptedAgents(
        plan=plans("model", 4), code=codes("model", [broken.format(n=0), BLOCKS["model"]]),
        debug=[mended("model", broken.format(n=n)) for n in range(1, 9)],
    )  # fmt: skip
    context = within(weak_start(begin([], agents=agents)), evaluations=50)
    result = refine(context, "model", attempts=2, repairs=2)
    first, second = result.attempts
    assert agents.counts["debug"] == 2
    assert (first.gain, second.kept) == (None, True)
    assert "broken 2" in first.evaluation.reason
    assert context.budget.spent == 3 + 1 + 2  # three versions, the second attempt, and its test
    assert context.state.solution.id == second.evaluation.candidate.id


def test_mended_attempt_is_an_attempt_at_its_block_whatever_else_the_debugger_changed(begin):
    def too_much(failed):
        solution = failed.candidate.solution
        return solution.with_block("cleaning", CONTRACTS).with_block("hyperparameters", "PARAMS = {'C': 9}")

    agents = ScriptedAgents(
        plan=plans("cleaning", 1), code=codes("cleaning", ["def clean(X):\n    return X.nothing"]), debug=[too_much]
    )
    context = begin([], agents=agents)
    before = context.state.solution
    (attempt,) = refine(context, "cleaning").attempts
    assert attempt.evaluation.candidate.solution == before.with_block("cleaning", CONTRACTS)
    assert attempt.evaluation.candidate.parent == before.id
    assert (attempt.proposal.source.strip(), attempt.proposal.label) == (
        "# mlestar: cleaning\n" + CONTRACTS, "code 1, repair 1",
    )  # fmt: skip


def test_invalid_block_is_shown_to_the_debugger(begin):
    agents = ScriptedAgents(
        plan=plans("cleaning", 1), code=codes("cleaning", ["def cleen(X):\n    return X"]),
        debug=[mended("cleaning", CONTRACTS)],
    )  # fmt: skip
    (attempt,) = refine(begin([], agents=agents), "cleaning").attempts
    ((failed,),) = agents.asked["debug"]
    assert "cleen" in failed.candidate.solution.blocks["cleaning"]
    assert attempt.gain is not None


def test_leakage_is_looked_for_before_each_attempt_of_the_models_and_no_recipes(begin):
    agents = ScriptedAgents(plan=plans("hyperparameters", 2), code=codes("hyperparameters", PENALTIES))
    result = refine(begin(RECIPES, agents=agents), attempts=4)
    wanted = [a.evaluation.candidate.id for a in result.attempts if a.proposal.author == "model"]
    assert [solution.id for (solution,) in agents.asked["check_leakage"]] == wanted


@pytest.mark.parametrize("answer", [None, Plan("validation", "easier folds"), Plan("nonsense", "?")])
def test_without_a_sound_choice_the_ranking_chooses(begin, answer):
    agents = ScriptedAgents(extract=[answer])
    context = begin(RECIPES, agents=agents)
    result = refinement.run(context, RefinementSettings(iterations=1, paths=1))
    assert [r.block for r in result.rounds] == ["hyperparameters"]


def test_the_extractor_never_gets_a_block_twice_in_a_cycle(begin):
    wanted = ["cleaning", "cleaning", "model", "features"]
    agents = ScriptedAgents(extract=[Plan(b, "again") for b in wanted])
    context = begin(RECIPES, agents=agents)
    result = refinement.run(context, RefinementSettings(iterations=4, paths=1))
    worked_on = [r.block for r in result.rounds]
    assert worked_on == ["cleaning", "hyperparameters", "model", "features"]
    for _, _, blocks, done, _ in agents.asked["extract"]:
        assert set(blocks).isdisjoint(done)
        assert set(blocks) | set(done) == set(PIPELINE_BLOCKS)


def test_blocks_that_the_human_named_keep_their_order(begin):
    agents = ScriptedAgents(extract=[Plan("model", "not yet"), Plan("model", "now")])
    context = begin(RECIPES, agents=agents)
    result = refinement.run(context, RefinementSettings(blocks=("hyperparameters", "model"), paths=1))
    assert [r.block for r in result.rounds] == ["hyperparameters", "model"]
    assert [blocks for _, _, blocks, _, _ in agents.asked["extract"]] == [("hyperparameters",), ("model",)]


# --- the ablation and its summary ---------------------------------------------------------------------------------


def variants(*sources):
    return [[Proposal("hyperparameters", source, f"part {n}", "what is it worth?") for n, source in enumerate(sources)]]


def test_variants_of_the_models_are_measured_in_the_same_design_and_summed_up(begin):
    agents = ScriptedAgents(ablate=variants("PARAMS = {'C': 1e-4}"), summarize=["The penalty matters."])
    context = begin([], agents=agents)
    result = ablation.run(context, AblationSettings(repeats=2))
    (impact,) = [i for i in result.impacts if i.kind == "variant"]
    assert impact.test is not None
    assert impact.folds >= 4
    assert result.summary_text == "The penalty matters."
    ((_, findings),) = agents.asked["summarize"]
    assert impact.name in findings
    assert "loss +" in findings
    section = next(s for s in result.view().sections if s.heading == "In the model's words")
    assert section.text == result.summary_text
    assert [solution.id for (solution,) in agents.asked["check_leakage"]] == [
        context.state.solution.with_block("hyperparameters", "PARAMS = {'C': 1e-4}").id
    ]


def test_variant_that_is_no_block_or_fails_says_so_and_hides_nothing(begin):
    agents = ScriptedAgents(ablate=variants("PARMS = {}", "PARAMS = {'no such': 1}"))
    result = ablation.run(begin([], agents=agents), AblationSettings(repeats=1))
    notes = {i.name: (i.label, i.note) for i in result.impacts if i.kind == "variant"}
    assert [label for label, _ in notes.values()] == ["NOT MEASURED"] * 2
    assert any("does not define 'PARAMS'" in note for _, note in notes.values())
    assert result.blocks_by_impact["model"].label == "HIGH"


def test_ablation_with_a_silent_model_is_the_ablation_without_one(begin):
    context = begin(RECIPES)
    alone = ablation.run(within(context), AblationSettings(repeats=2))
    silent = ablation.run(within(context, token="s", agents=ScriptedAgents()), AblationSettings(repeats=2))
    assert silent.impacts == alone.impacts
    assert silent.suggested == alone.suggested


def test_each_round_looks_at_other_parts_with_what_was_said_before(begin):
    agents = ScriptedAgents(
        ablate=[*variants("PARAMS = {'C': 1e-4}"), *variants("PARAMS = {'C': 1e-3}"), *variants("PARAMS = {'C': 1e3}")],
        summarize=["first words", "second words", "third words"],
    )
    context = begin(RECIPES, agents=agents)
    context.state.results["ablation"] = ablation.run(context, AblationSettings(repeats=1))
    refinement.run(context, RefinementSettings(iterations=1, paths=1))
    assert agents.asked["extract"][0][1] == "first words"
    assert agents.counts["ablate"] == 1  # no round follows
    recipes = [*RECIPES, Proposal("cleaning", BLOCKS["cleaning"] + "  # same", "same", "")]
    two = replace(context, planner=with_roles(ScriptedPlanner(recipes), agents), token=context.token + "two")
    refinement.run(two, RefinementSettings(iterations=2, paths=1))
    assert agents.asked["ablate"][-1][1] == ("first words",)
    assert agents.asked["extract"][-1][1] == "second words"


# --- several paths ------------------------------------------------------------------------------------------------


def test_paths_begin_at_solutions_of_other_families_with_recipes_alone(begin):
    context = begin([*RECIPES, Proposal("cleaning", CONTRACTS, "contracts", "try")])
    result = refinement.run(context, RefinementSettings(blocks=("cleaning",), paths=2, attempts=1))
    assert [p.before.candidate.label for p in result.paths] == ["logistic", "tree"]
    assert [r.path for r in result.rounds] == [1, 2]
    starts = {p.before.candidate.id for p in result.paths}
    assert {a.evaluation.candidate.parent for a in result.attempts} == starts
    trees = next(s for s in result.view().sections if s.heading == "Attempts").entries
    assert [(t.mark, len(t.children)) for t in trees] == [("○ before", 1), ("○ path 2", 1)]
    ends = {p.after.candidate.id for p in result.paths}
    assert ends <= {m.candidate.id for m in context.state.members}


def test_another_path_takes_over_where_it_wins_on_fresh_folds(begin):
    context = weak_start(begin([Proposal("cleaning", CONTRACTS, "contracts", "try")]))
    result = refinement.run(context, RefinementSettings(blocks=("cleaning",), paths=2, attempts=1))
    (switch,) = [c for c in result.confirmations if c.block == "path 2"]
    assert (switch.kept, switch.fresh, switch.path) == (True, True, 1)
    assert result.kept == [switch]
    assert context.state.score is result.paths[1].after
    assert "path 2 (cleaning: contracts; better)" in result.summary


def test_a_path_that_ends_no_better_leaves_the_first_ones_end(begin):
    context = begin([Proposal("cleaning", CONTRACTS, "contracts", "try")])
    result = refinement.run(context, RefinementSettings(blocks=("cleaning",), paths=2, attempts=1))
    assert len(result.paths) == 2
    assert not [c for c in result.confirmations if c.block == "path 2" and c.kept]
    assert context.state.score is result.paths[0].after


def test_all_tests_of_all_paths_share_the_level(begin):
    context = begin(RECIPES)
    one = refinement.run(within(context), RefinementSettings(blocks=("hyperparameters",), paths=1, attempts=2))
    two = refinement.run(
        within(context, token="two"), RefinementSettings(blocks=("hyperparameters",), paths=2, attempts=2)
    )
    assert two.rounds[0].level < 0.7 * one.rounds[0].level  # three tests, not two: the last is of the other ends


def test_with_a_model_there_are_two_paths_where_the_budget_allows(begin):
    context = begin(RECIPES)
    settings = RefinementSettings(blocks=("hyperparameters",), attempts=2)
    rich = refinement.run(within(context, evaluations=100, token="r", agents=ScriptedAgents()), settings)
    poor = refinement.run(within(context, evaluations=5, token="p", agents=ScriptedAgents()), settings)
    none = refinement.run(within(context, evaluations=100, token="n"), settings)
    assert [len(r.paths) for r in (rich, poor, none)] == [2, 1, 1]


def test_what_waits_for_the_human_is_about_the_present_solution(begin):
    context = begin(RECIPES)
    before = context.state.solution
    result = refinement.run(context, RefinementSettings(paths=2, review=True, blocks=("hyperparameters",)))
    assert len(result.paths) == 1
    assert context.state.solution == before


@pytest.mark.parametrize("most", [4, 6, 9])
def test_a_count_of_evaluations_is_kept_by_all_paths_together(begin, most):
    context = within(begin(RECIPES), evaluations=most)
    result = refinement.run(context, RefinementSettings(blocks=("hyperparameters",), paths=2))
    assert context.budget.spent <= most
    assert {r.path for r in result.rounds} == {1, 2}


def loop():
    return ScriptedAgents(
        extract=[Plan("cleaning", "first"), None, Plan("hyperparameters", "x")],
        plan=[*plans("cleaning", 2), *plans("hyperparameters", 9)],
        code=[*codes("cleaning", ["def clean(X):\n    return X.no", CONTRACTS]), *codes("hyperparameters", PENALTIES)],
        debug=[mended("cleaning", BLOCKS["cleaning"] + "  # mended")],
    )


@pytest.mark.parametrize("seconds", [6, 20, 45, 90, 400])
def test_replay_makes_the_same_candidates(begin, seconds):
    agents, ticks = loop(), count()
    start = begin(RECIPES, agents=agents)
    timed = within(start)
    timed = replace(timed, budget=Budget(seconds, clock=lambda: next(ticks)))
    settings = RefinementSettings(iterations=2, attempts=2, paths=2)
    first = refinement.run(timed, settings)
    asked = agents.counts
    again = refinement.run(within(start, evaluations=timed.budget.spent), settings)
    assert outcome(again)[:2] == outcome(first)[:2]
    assert agents.counts == asked


def test_interrupt_keeps_what_was_evaluated_and_goes_on_from_there(churn, executor, tmp_path):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    agents = ScriptedAgents(
        plan=plans("hyperparameters", 4), code=[*codes("hyperparameters", PENALTIES)[:1], interrupted]
    )
    start = context_of(churn, executor, tmp_path, RECIPES, agents=agents)
    with pytest.raises(KeyboardInterrupt):
        refine(within(start), attempts=4)
    agents.scripts["code"] = codes("hyperparameters", PENALTIES)[1:]
    fits = []
    start.evaluator.emit = fits.append
    result = refine(within(start), attempts=4)
    assert authors(result) == ["model", "planner"] * 2
    fitted = {e.label for e in fits if isinstance(e, FoldDone) and e.phase == "refinement"}
    assert fitted == {f"hyperparameters: {a.proposal.label}" for a in result.attempts[2:]}


def test_a_run_begins_with_nothing_deleted(churn, executor, tmp_path):
    (tmp_path / "solution.py").write_text("mine")
    context = fresh_context(churn, executor, tmp_path)
    foundation.run(context, FoundationSettings())
    known, fits = context.journal.candidates(), context.journal.count_fits()
    context.journal.close()
    again = fresh_context(churn, executor, tmp_path, agents=ScriptedAgents())
    foundation.run(again, FoundationSettings())
    assert (tmp_path / "solution.py").read_text() == "mine"
    assert again.journal.candidates() == known
    assert again.journal.count_fits() == fits


# --- on request ---------------------------------------------------------------------------------------------------


def test_words_of_the_human_are_the_coders_plan(begin):
    agents = ScriptedAgents(code=codes("cleaning", [CONTRACTS]))
    context = begin([], agents=agents)
    attempt = propose(context, "cleaning", [], "tell monthly contracts apart").attempt
    assert agents.asked["code"][0][1] == Plan("cleaning", "tell monthly contracts apart")
    assert (attempt.proposal.author, attempt.evaluation.candidate.author) == ("model", "model")
    assert attempt.gain > 0
    assert agents.counts["check_leakage"] == 1


def test_without_a_use_of_the_words_the_recipes_propose(begin):
    context = begin(RECIPES, agents=ScriptedAgents())
    attempt = propose(context, "hyperparameters", [], "try something").attempt
    assert not isinstance(attempt.evaluation, Failed)
    assert attempt.proposal.author == "planner"
