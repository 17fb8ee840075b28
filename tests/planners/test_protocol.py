import inspect
import re
from pathlib import Path

import pytest

import mlestar_jupyter
from mlestar_jupyter.planners.base import OpenBlocks, Plan, Planner
from mlestar_jupyter.planners.llm.planner import ModelPlanner
from mlestar_jupyter.planners.llm.roles import ModelRoles
from mlestar_jupyter.planners.recipes import RecipePlanner
from tests.agents_for_tests import ScriptedAgents
from tests.fakes import ScriptedPlanner

pytestmark = pytest.mark.fast

PACKAGE = Path(mlestar_jupyter.__file__).parent
VERBS = [n for n, value in vars(Planner).items() if inspect.isfunction(value) and not n.startswith("_")]
ROLES = [n for n in dir(ModelRoles) if not n.startswith("_")]


@pytest.mark.parametrize("planner", [RecipePlanner, ModelPlanner, ScriptedPlanner])
@pytest.mark.parametrize("name", VERBS)
def test_every_planner_keeps_the_protocol(planner, name):
    ours, protocol = inspect.signature(getattr(planner, name)), inspect.signature(getattr(Planner, name))
    assert list(ours.parameters) == list(protocol.parameters)


@pytest.mark.parametrize("name", ROLES)
def test_scripted_roles_have_the_signature_of_the_real_ones(name):
    real = inspect.signature(getattr(ModelRoles, name))
    assert list(inspect.signature(getattr(ScriptedAgents, name)).parameters) == list(real.parameters)


def test_recipes_answer_for_the_roles_with_empty_values(churn_task):
    planner = RecipePlanner()
    solution = planner.baselines(churn_task)[1].solution
    assert planner.ideas(churn_task, [], [], "", 4) == planner.ablate(churn_task, solution, []) == []
    assert planner.improve(churn_task, solution) is planner.mend(churn_task, solution) is None
    assert planner.follow(churn_task, solution, Plan("model", "another")) is None
    assert planner.plan_ensemble(churn_task, [], [], "") is None
    assert planner.summarize(churn_task, solution, "all is well") == ""


def test_recipes_choose_the_blocks_that_have_a_variant(churn_task):
    planner = RecipePlanner()
    solution = planner.baselines(churn_task)[1].solution.with_block(
        "model", "def make_model(**params):\n    return Own()"
    )
    choice = planner.choose(churn_task, solution, OpenBlocks(("hyperparameters", "features")))
    assert choice.blocks == ("features",)  # nothing is known of the parameters of an estimator of one's own
    assert choice.plan is None


@pytest.mark.parametrize("part", ["phases", "attempts", "decisions", "studies"])
def test_no_phase_asks_whether_there_is_a_planner(part):
    compared = re.compile(r"\b(agents?|planner|roles|model)\b is (not )?None|context\.agents")
    found = [f"{p}: {line}" for p in (PACKAGE / part).rglob("*.py") for line in compared.findall(p.read_text())]
    assert found == []
