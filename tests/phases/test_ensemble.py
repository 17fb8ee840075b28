import pytest

from mlestar_jupyter.phases import ensemble
from mlestar_jupyter.phases.settings import EnsembleSettings
from tests.phases.contexts_for_tests import context_of


@pytest.fixture(scope="module")
def result(churn, executor, tmp_path_factory):
    context = context_of(churn, executor, tmp_path_factory.mktemp("ensemble"), [])
    return ensemble.run(context, EnsembleSettings(strategies=("mean",)))


def test_comparison_marks_in_words_what_was_kept(result):
    marks = result.view().sections[0].table[""]
    assert sorted(marks) == sorted(["✓ kept"] + ["– not kept" if result.kept is None else "–"] * (len(marks) - 1))


def test_weights_are_shown_as_bars_with_their_figures(result):
    (members,) = [s for s in result.view().sections if s.heading == "Members of mean"]
    assert members.meters == ("weight",)
    assert members.table["weight"].sum() == pytest.approx(1)
    assert list(members.table["id"]) == [m.candidate.id for m in result.combinations[0].members]
    assert result.view().html().count("<meter") == len(members.table)
