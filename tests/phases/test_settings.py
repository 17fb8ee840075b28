import math
from dataclasses import asdict, fields

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mlestar_jupyter.errors import SettingError
from mlestar_jupyter.phases.refinement.settings import RefinementSettings
from mlestar_jupyter.phases.registry import PHASES, next_phase
from mlestar_jupyter.phases.settings import read_settings, setting_summaries, written
from mlestar_jupyter.phases.validation.settings import ValidationSettings

pytestmark = pytest.mark.fast

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), max_size=12)
VALUES = st.one_of(
    WORDS, st.lists(WORDS, max_size=4), st.booleans(), st.none(), st.integers(), st.floats(0, 1e30, allow_nan=False)
)


@given(VALUES)
def test_what_is_written_reads_back_as_the_same(value):
    assert yaml.safe_load(f"setting: {written(value)}") == {"setting": value}


@pytest.mark.parametrize("phase", PHASES)
def test_every_setting_has_a_sentence(phase):
    kind = PHASES[phase].settings
    summaries = setting_summaries(kind)
    assert set(summaries) == {f.name for f in fields(kind)}
    assert all(text.endswith(".") for text in summaries.values())


def test_summaries_begin_with_what_every_phase_accepts():
    assert list(setting_summaries(RefinementSettings))[:3] == ["notes", "max_evaluations", "blocks"]


def test_summary_is_the_sentence_below_the_setting():
    assert setting_summaries(ValidationSettings)["max_memory_mb"] == "Peak memory of a fit."


def test_hyphens_and_single_names_are_taken():
    settings = read_settings(ValidationSettings, {"max-latency": 5, "sensitive": "gender"})
    assert settings == ValidationSettings(max_latency=5.0, sensitive=("gender",))


def test_exponent_without_a_point_is_a_number():
    assert read_settings(RefinementSettings, yaml.safe_load("significance: 1e-5")).significance == 1e-5


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("iteration", 1, "There is no setting 'iteration'. Did you mean 'iterations'?"),
        ("iterations", -1, "'iterations' is -1. Give a whole number, 1 or more."),
        ("iterations", 1.5, "'iterations' is 1.5. Give a whole number, 1 or more."),
        ("iterations", True, "'iterations' is True. Give a whole number, 1 or more."),
        ("iterations", [3] * 100, "'iterations' is [3, 3, 3, 3, 3, 3, ...]. Give a whole number, 1 or more."),
        ("notes", True, "'notes' is True. Give a text, in quotes where YAML reads a word otherwise."),
        ("significance", "low", "'significance' is 'low'. Give a number, 0 to 1."),
        ("significance", 1.5, "'significance' is 1.5. Give a number, 0 to 1."),
        ("significance", float("nan"), "'significance' is nan. Give a number, 0 to 1."),
        ("review", 1, "'review' is 1. Give true or false."),
        ("blocks", {"model": 1}, "'blocks' is {'model': 1}. Give a list of names."),
    ],
)
def test_wrong_setting_says_what_to_give(key, value, message):
    with pytest.raises(SettingError) as caught:
        read_settings(RefinementSettings, {key: value})
    assert str(caught.value).endswith(message)


def test_phases_follow_one_another():
    assert next_phase("search") == "foundation"
    assert next_phase("deployment") is None


OUTSIDE = [
    ("search", {"approaches": 0, "models": -1, "rounds": 0, "providers": ["arxiv", "arxiv"]}),
    ("foundation", {"candidates": 0, "merges": -1, "max_evaluations": 0}),
    ("ablation", {"blocks": [], "repeats": 0, "steps": 1}),
    ("ablation", {"blocks": ["model", "model"], "repeats": 101}),
    ("refinement", {"attempts": 0, "paths": 0, "significance": -0.1}),
    ("ensemble", {"members": 1, "coverage": 1, "strategies": ["mean", "mean"]}),
    ("ensemble", {"members": 0, "coverage": 0, "rounds": -1}),
    ("validation", {"significance": 2, "max_latency": 0, "min_fairness_ratio": 1.01, "min_improvement": math.inf}),
    ("deployment", {"requests": 0, "min_success": 99.9}),
]


@pytest.mark.parametrize(("phase", "key", "value"), [(p, k, v) for p, given in OUTSIDE for k, v in given.items()])
def test_value_beyond_a_setting_s_range_is_refused_in_a_line(phase, key, value):
    with pytest.raises(SettingError, match=rf"\AThe setting '{key}' is .*\. Give .*\.\Z"):
        read_settings(PHASES[phase].settings, {key: value})


@pytest.mark.parametrize("phase", PHASES)
def test_defaults_lie_within_their_ranges(phase):
    kind = PHASES[phase].settings
    assert read_settings(kind, asdict(kind())) == kind()


def test_two_spellings_of_a_setting_are_one_given_twice():
    with pytest.raises(SettingError, match="The setting 'max_evaluations' is given twice. Keep one of them."):
        read_settings(RefinementSettings, {"max-evaluations": 3, "max_evaluations": 4})
