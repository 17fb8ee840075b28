"""A context with a scripted planner over 600 rows, after foundation."""

from dataclasses import replace

from mlestar_jupyter.attempts.context import Context, State
from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.evaluator import Evaluator
from mlestar_jupyter.core.executors.base import Limits
from mlestar_jupyter.core.journal import Journal
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.phases.foundation import run as foundation
from mlestar_jupyter.phases.foundation.settings import FoundationSettings
from mlestar_jupyter.problems.recognition import make_dataset
from tests.fakes import ScriptedPlanner


def fresh_context(churn, executor, folder, proposals=(), *, agents=None, metric=None, target="Churn", planner=None):
    """Before foundation."""
    dataset = make_dataset(read_table(churn), target, metric=metric, on_open=lambda reason: None)
    journal = Journal(folder)
    evaluator = Evaluator(dataset, executor, journal, folder / "model", Limits(60, 2000))
    return Context(
        dataset,
        journal,
        evaluator,
        planner or ScriptedPlanner(proposals),
        Budget(),
        lambda event: None,
        0,
        folder,
        None,
        State(),
        "t",
        agents=agents,
    )


def context_of(churn, executor, folder, proposals, **given):
    """After foundation, in which no model took part."""
    agents = given.pop("agents", None)
    context = fresh_context(churn, executor, folder, proposals, **given)
    foundation.run(context, FoundationSettings())
    return replace(context, agents=agents)


def within(context, *, evaluations=None, token="", agents=None):
    """The same journal under a count of evaluations, with a state of its own: as a replay has it, or as another run."""
    budget = Budget(evaluations=evaluations)
    state = replace(context.state, members=list(context.state.members), results=dict(context.state.results))
    context.evaluator.budget = budget
    token = context.token + token
    return replace(context, budget=budget, state=state, token=token, agents=agents or context.agents, measurements=None)
