"""What is true of every detector.

A package that adds one inherits `DetectorContract` and gives the fixture `detector`.
"""

import json
import re
from dataclasses import asdict, replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.checks.base import SEVERITIES, Finding
from mlestar_jupyter.phases.registry import PHASES
from tests.checks.inputs_for_tests import inputs, table


def _with_all_roles():
    """Numbers, categories with gaps, groups and times."""
    frame = table().assign(store=[f"s{i % 20}" for i in range(200)])
    frame["kind"] = np.where(np.arange(200) % 3 == 0, None, "a")
    frame["day"] = pd.date_range("2025-01-01", periods=200)
    return frame


@cache
def known_cases():
    """The same, made once."""
    return cases()


def cases():
    """Check inputs of each problem, with and without what a detector may need."""
    numbers = table().assign(price=lambda t: t["useful"] * 2 + t["idle"]).drop(columns="bought")
    classes = table(300).assign(bought=np.repeat(["a", "z", "m"], 100))
    return {
        "all roles": inputs(_with_all_roles(), time="day", group="store", shuffled=lambda y: [0.5]),
        "no holdout": inputs(table(), test=0),
        "numbers": inputs(numbers, "price", shuffled=lambda y: [0.0]),
        "classes": inputs(classes),
    }


class DetectorContract:
    """To be inherited by a class with a fixture `detector`."""

    @pytest.fixture
    def checked(self):
        return known_cases()

    def test_it_has_a_code_a_title_a_kind_and_says_what_it_looks_at(self, detector):
        assert re.fullmatch(r"[A-Z][A-Z0-9]+", detector.code)
        assert detector.title
        assert detector.kind
        assert detector.explained().startswith(f"{detector.code}: {detector.title}\n\n{type(detector).__doc__[:10]}")
        assert detector.page in detector.explained()

    def test_it_runs_at_phases_that_there_are(self, detector):
        assert detector.phases
        assert set(detector.phases) <= set(PHASES)

    def test_its_finding_has_its_name_and_has_a_remedy_where_one_is_needed(self, detector, checked):
        for one in checked.values():
            finding = detector.check(one)
            assert (finding.code, finding.title, finding.kind) == (detector.code, detector.title, detector.kind)
            assert finding.outcome in SEVERITIES
            assert finding.evidence
            assert bool(finding.remedy) == (finding.outcome in ("found", "suspect"))

    def test_it_does_not_apply_where_something_that_it_needs_is_missing(self, detector, checked):
        without = {
            "holdout": lambda one: replace(one, holdout=None),
            "time": lambda one: replace(one, task=replace(one.task, time=None)),
            "group": lambda one: replace(one, task=replace(one.task, group=None)),
        }
        for need in detector.needs:
            assert detector.check(without[need](checked["all roles"])).outcome == "not applicable"

    def test_the_same_inputs_give_the_same_finding(self, detector, checked):
        assert [detector.check(one) for one in checked.values()] == [detector.check(one) for one in cases().values()]

    def test_it_leaves_what_it_looks_at_as_it_is(self, detector, checked):
        one = checked["all roles"]
        X, y, values = one.development.X.copy(), one.development.y.copy(), one.score.predictions.values.copy()
        detector.check(one)
        pd.testing.assert_frame_equal(one.development.X, X)
        np.testing.assert_array_equal(one.development.y, y)
        np.testing.assert_array_equal(one.score.predictions.values, values)

    def test_its_finding_comes_back_from_the_journal(self, detector, checked):
        finding = detector.check(checked["all roles"])
        assert Finding(**json.loads(json.dumps(asdict(finding)))) == finding
