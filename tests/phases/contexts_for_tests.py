"""A context with a scripted planner over 600 rows, after foundation."""

from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.evaluator import Evaluator
from mlestar_jupyter.core.executors.base import Limits
from mlestar_jupyter.core.journal import Journal
from mlestar_jupyter.data.dataset import make_dataset
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.phases import foundation
from mlestar_jupyter.phases.base import Context, State
from mlestar_jupyter.phases.settings import FoundationSettings
from tests.fakes import ScriptedPlanner


def context_of(churn, executor, folder, proposals):
    dataset = make_dataset(read_table(churn), "Churn", on_open=lambda reason: None)
    journal = Journal(folder)
    evaluator = Evaluator(dataset, executor, journal, folder / "model", Limits(60, 2000))
    context = Context(
        dataset,
        journal,
        evaluator,
        ScriptedPlanner(proposals),
        Budget(),
        lambda event: None,
        0,
        folder,
        None,
        State(),
        "t",
    )
    foundation.run(context, FoundationSettings())
    return context
