"""What every family of models must keep, built in or added by another package."""

import importlib
from dataclasses import replace

import pytest
from sklearn.utils.discovery import all_estimators

from mlestar_jupyter.errors import MissingExtraError
from mlestar_jupyter.families.recognition import recognise
from mlestar_jupyter.families.space import Choice
from mlestar_jupyter.knowledge import recipes
from mlestar_jupyter.knowledge.approach import load_approaches

PROBLEMS = ("binary", "multiclass", "regression")


def block_of(estimator, arguments="**params"):
    """A ``model`` block of one estimator, as in ``sklearn.Ridge``."""
    package, _, name = estimator.partition(".")
    return f"from {package}.somewhere import {name}\n\n\ndef make_model(**params):\n    return {name}({arguments})\n"


def class_of(estimator):
    """The class of an estimator, as in ``sklearn.Ridge``; a test is skipped where its package is missing."""
    package, _, name = estimator.partition(".")
    if package == "sklearn":
        return dict(all_estimators())[name]
    pytest.importorskip(package)
    return getattr(importlib.import_module(package), name)


def corners(space):
    """Settings at both ends of a space."""
    ends = {k: part.values if isinstance(part, Choice) else (part.low, part.high) for k, part in space.items()}
    return [{name: values[end] for name, values in ends.items()} for end in (0, -1)]


class FamilyContract:
    """Inherit it, and give the fixture ``family``."""

    def test_is_recognised_by_what_it_calls(self, family):
        assert family.calls
        for call in family.calls:
            found = recognise(block_of(call))
            assert found.family is family
            assert set(found.space) == set(family.space)

    def test_what_a_block_sets_itself_is_not_tuned(self, family):
        for name in family.space:
            assert name not in recognise(block_of(family.calls[0], f"{name}=1, **params")).space
        assert recognise(block_of(family.calls[0], "")).space == {}

    def test_space_and_known_settings_are_parameters_of_its_estimators(self, family):
        for call in family.calls:
            for settings in (*corners(family.space), *family.known):
                found = class_of(call)(**settings).get_params()
                assert {name: found[name] for name in settings} == settings

    def test_known_settings_are_within_the_space(self, family):
        for settings in family.known:
            assert all(value in family.space[name] for name, value in settings.items())
        assert set(family.defaults) | set(family.counts) <= set(family.space) or family.package

    def test_missing_package_is_named_with_its_remedy(self, family):
        if family.is_installed:
            family.check_installed()
        absent = replace(family, package="no_such_package")
        remedy = f"mlestar-jupyter\\[{family.extra}\\]" if family.extra else "pip install no_such_package"
        with pytest.raises(MissingExtraError, match=f"{family.title} needs the package 'no_such_package'.*{remedy}"):
            absent.check_installed()

    def test_takes_gaps_as_scikit_learn_says(self, family):
        if family.calls[0].startswith("sklearn."):
            for call in family.calls:
                assert class_of(call)().__sklearn_tags__().input_tags.allow_nan == family.takes_gaps

    def test_weights_of_classes_are_an_argument(self, family):
        if family.weights:
            classifier = next(call for call in family.calls if not call.endswith(("Regressor", "Ridge", "SVR")))
            name, value = family.weights.replace('"', "").split("=")
            assert class_of(classifier)(**{name: value}).get_params()[name] == value

    def test_cards_that_put_it_in_place_of_others_are_its_own(self, family):
        from tests.planners.tables import make_task

        cards = {a.id: a for a in load_approaches()}
        for swap in filter(None, (family.swap, family.growth_swap)):
            task = make_task((cards[swap].problems or ("regression",))[-1], time="stamp", without=("review",))
            assert recognise(recipes.model(task, cards[swap].recipe)[0]).family is family
        assert bool(family.peers) == bool(family.swap)
