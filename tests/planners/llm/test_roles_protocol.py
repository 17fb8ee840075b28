import inspect

import pytest

from mlestar_jupyter.planners.agents import Agents
from mlestar_jupyter.planners.llm.roles import ModelAgents

METHODS = [name for name in vars(Agents) if not name.startswith("_")]


@pytest.mark.parametrize("name", METHODS)
def test_every_role_keeps_the_protocol(name):
    assert inspect.signature(getattr(ModelAgents, name)) == inspect.signature(getattr(Agents, name))
