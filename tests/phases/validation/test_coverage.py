import pytest

from mlestar_jupyter.phases.validation.coverage import coverage_sections, coverage_values, coverage_warning
from mlestar_jupyter.phases.validation.holdout import HoldoutScore

pytestmark = pytest.mark.fast


def score(covered, low, high, size=1.5):
    return HoldoutScore(0.8, 0.7, 0.9, None, covered=covered, covered_low=low, covered_high=high, size=size)


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (score(0.88, 0.85, 0.91), "as stated"),
        (score(0.7, 0.65, 0.75), "less often than stated"),
        (score(0.97, 0.95, 0.98), "more often than stated"),
    ],
)
def test_coverage_is_compared_with_what_is_stated(found, verdict):
    section = coverage_sections(found, is_of_labels=False)[0]
    assert section.table["verdict"].tolist() == [verdict]
    assert section.text == (
        "Intervals by model.predict_interval(X, coverage=0.9), made of the errors in the folds and compared with "
        "the holdout."
    )


def test_sets_are_as_large_as_labels_are_in_them():
    section = coverage_sections(score(0.9, 0.88, 0.92), is_of_labels=True)[0]
    assert section.table["labels in a set"].tolist() == ["1.5"]
    assert section.text.startswith("Sets of labels by ")


def test_without_intervals_nothing_is_shown():
    assert coverage_sections(HoldoutScore(0.8, 0.7, 0.9, None), is_of_labels=True) == []
    assert coverage_values(HoldoutScore(0.8, 0.7, 0.9, None)) is None
    assert coverage_values(None) is None


@pytest.mark.parametrize(("is_of_labels", "what"), [(True, "Sets of labels"), (False, "Intervals of predictions")])
def test_what_covers_less_than_it_states_is_warned_of(is_of_labels, what):
    assert coverage_warning(score(0.239, 0.129, 0.401), is_of_labels=is_of_labels) == (
        f"{what} that state 90% covered 23.9% of the sealed rows: less often than stated, so do not rely on them."
    )
    assert coverage_warning(score(0.88, 0.85, 0.91), is_of_labels=is_of_labels) == ""
    assert coverage_warning(None, is_of_labels=is_of_labels) == ""
