"""A context with a scripted planner over 600 rows, after foundation."""

from dataclasses import replace

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.attempts.state import State
from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.evaluator import Evaluator
from mlestar_jupyter.core.executor import Limits
from mlestar_jupyter.core.journal import Journal
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.phases.foundation import run as foundation
from mlestar_jupyter.phases.foundation.settings import FoundationSettings
from mlestar_jupyter.planners.llm.planner import ModelPlanner
from mlestar_jupyter.problems.recognition import make_dataset
from tests.fakes import ScriptedPlanner


def with_roles(recipes, agents):
    """The recipes alone, or beside the roles of a chat model."""
    return recipes if agents is None else ModelPlanner(recipes, agents)


def recipes_of(context):
    """The planner of a context without its chat model."""
    planner = context.planner
    return planner.recipes if isinstance(planner, ModelPlanner) else planner


def fresh_context(
    churn, executor, folder, proposals=(), *, agents=None, metric=None, target="Churn", planner=None, **how
):
    """Before foundation."""
    dataset = make_dataset(read_table(churn), target, metric=metric, on_open=lambda reason: None, **how)
    journal = Journal(folder)
    evaluator = Evaluator(dataset, executor, journal, folder / "model", Limits(60, 2000))
    return Context(
        dataset,
        journal,
        evaluator,
        with_roles(planner or ScriptedPlanner(proposals), agents),
        Budget(),
        lambda event: None,
        0,
        folder,
        None,
        State(),
        "t",
    )


def context_of(churn, executor, folder, proposals, **given):
    """After foundation, in which no model took part."""
    agents = given.pop("agents", None)
    context = fresh_context(churn, executor, folder, proposals, **given)
    foundation.run(context, FoundationSettings())
    return replace(context, planner=with_roles(context.planner, agents))


def within(context, *, evaluations=None, token="", agents=None):
    """The same journal under a count of evaluations, with a state of its own: as a replay has it, or as another run."""
    budget = Budget(evaluations=evaluations)
    state = replace(context.state, members=list(context.state.members), results=dict(context.state.results))
    token = context.token + token
    planner = context.planner if agents is None else with_roles(recipes_of(context), agents)
    return replace(context, budget=budget, state=state, token=token, planner=planner, measurements=None)
