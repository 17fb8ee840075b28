"""Strategies of this package and of others."""

import numpy as np
import pytest

from mlestar_jupyter.ensembles.strategies import strategies
from mlestar_jupyter.errors import PluginError
from mlestar_jupyter.phases.ensemble.settings import EnsembleSettings
from tests.ensembles.contract import StrategyContract
from tests.ensembles.members_for_tests import learned
from tests.plugins_for_tests import installed

GUEST = '''
import numpy as np
from mlestar_jupyter.ensembles.base import GlobalWeights, Strategy
from mlestar_jupyter.ensembles.source import voting


class Front(Strategy):
    """The best member counts twice."""

    name = "front"

    def learn(self, known):
        n_members = len(known.stacked)
        return GlobalWeights.of((1 + (np.arange(n_members) == 0)) / (n_members + 1))

    def source(self, task, weights):
        return voting(task, weights, "The members' mean, the best counting twice", "set beforehand")


FRONT = Front()
'''
POINT = ("strategies", "front", "FRONT")


class TestBuiltIn(StrategyContract):
    @pytest.fixture(params=list(strategies()))
    def strategy(self, request):
        return strategies()[request.param]


class TestAdded(StrategyContract):
    @pytest.fixture
    def strategy(self, tmp_path):
        with installed(tmp_path, GUEST, POINT):
            yield strategies()["front"]


def test_empty_setting_stands_for_all_that_there_are_in_their_order(tmp_path):
    known = tuple(strategies())
    assert EnsembleSettings().spelled_out().strategies == known
    with installed(tmp_path, GUEST, POINT):
        assert EnsembleSettings().spelled_out().strategies == (*known, "front")
    assert EnsembleSettings(strategies=("mean",)).spelled_out().strategies == ("mean",)


def test_a_name_that_is_taken_is_refused(tmp_path):
    source = GUEST.replace('"front"', '"mean"')
    with installed(tmp_path, source, ("strategies", "mean", "FRONT")), pytest.raises(PluginError, match="'mean'"):
        strategies()


@pytest.mark.parametrize(
    ("n_classes", "refused"), [(10, ""), (44, "a number for every pair of 44 classes is too much to learn")]
)
def test_stacking_is_left_out_of_many_classes(n_classes, refused):
    predicted = np.random.default_rng(0).dirichlet(np.ones(n_classes), (2, 50))
    known = learned(predicted, np.arange(50) % n_classes, "multiclass", None, (), (), False, 5)
    assert strategies()["stacking"].refusal(known) == refused
