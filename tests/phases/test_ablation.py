from mlestar_jupyter.phases import ablation
from mlestar_jupyter.phases.settings import AblationSettings
from tests.phases.contexts_for_tests import context_of


def test_recommendation_comes_first_and_labels_are_words(churn, executor, tmp_path):
    result = ablation.run(context_of(churn, executor, tmp_path, []), AblationSettings(repeats=1))
    view = result.view()
    table = view.sections[0].table.set_index("component")
    assert view.summary.startswith(result.sentence())
    assert {i.block: i.label for i in result.impacts}["model"] == "HIGH"
    assert table.loc["model", "impact"] == "▲ high"
    assert table.loc["model", "loss without it [95 %]"].startswith("+0.")
    assert "HIGH" not in view.text()
