import importlib.util
import json
import sys
from dataclasses import replace

import numpy as np
import pytest

from mlestar_jupyter import Workflow
from mlestar_jupyter.core.costs import Costs
from mlestar_jupyter.errors import SettingError
from mlestar_jupyter.phases.deployment.verdict import validated_card
from mlestar_jupyter.phases.validation.threshold import Threshold, threshold_sections, threshold_sentence
from mlestar_jupyter.problems.recognition import load_model
from tests.checks.inputs_for_tests import table
from tests.workers_for_tests import workers

COSTS = {"fp": 1.0, "fn": 5.0}


@pytest.fixture(scope="module")
def decided(tmp_path_factory):
    frame, output = table(400), tmp_path_factory.mktemp("decided")
    frame.to_csv(output / "rows.csv", index=False)
    workflow = Workflow(output / "rows.csv", "bought", output=output / "run", executor=workers(), costs="fp=1, fn=5")
    workflow.defaults = {"foundation": {"candidates": 2}}
    workflow.foundation()
    yield frame, workflow, workflow.validation()
    workflow.close()


def test_model_predicts_by_the_threshold_that_costs_ask_for(decided):
    frame, workflow, result = decided
    found = result.decision
    rows = frame.drop(columns="bought")
    chances = workflow.model.predict_proba(rows)[:, 1]
    assert 0 < found.threshold < 0.5
    assert (workflow.model.predict(rows) == np.where(chances >= found.threshold, "yes", "no")).all()


def test_threshold_saves_costs_on_the_holdout(decided):
    frame, workflow, result = decided
    found = result.decision
    assert found.saved == pytest.approx(found.usual_cost - found.cost)
    assert found.low < found.saved < found.high
    assert result.to_dict()["decision"]["threshold"] == found.threshold
    assert "Decision threshold" in repr(result)
    written = (workflow.output / "holdout_predictions.csv").read_text().splitlines()
    cells = [dict(zip(written[0].split(","), line.split(","), strict=True)) for line in written[1:]]
    called = {c["prediction"] == "yes" for c in cells if float(c["probability_yes"]) >= found.threshold}
    assert called == {True}
    recall = result.details.set_index("class").loc["yes", "recall"]
    labels = [c["prediction"] == "yes" for c in cells]
    true = [frame["bought"][int(c["row"])] == "yes" for c in cells]
    assert recall == pytest.approx(sum(a and b for a, b in zip(labels, true, strict=True)) / sum(true))


def test_script_and_service_decide_alike(decided, tmp_path):
    frame, workflow, result = decided
    rows = frame.drop(columns="bought").head(50)
    saved = workflow.model.save(tmp_path / "model")
    expected = list(workflow.model.predict(rows))
    assert list(load_model(saved).predict(rows)) == expected
    task = json.loads((saved / "manifest.json").read_text())["task"]
    from mlestar_jupyter.problems.registry import problem_of

    names = {}
    exec(problem_of(workflow.task).answering(workflow.task), names)
    model = workflow.model
    X, _ = model.contract.apply(rows)
    assert names["answer"](model.estimator, X, task)["predictions"] == expected
    script = (workflow.output / "solution.py").read_text()
    assert f"THRESHOLD = {result.decision.threshold!r}" in script
    spec = importlib.util.spec_from_file_location("script_of_costs", workflow.output / "solution.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    assert module.predictions(model.estimator, X)["prediction"].tolist() == expected


def test_card_says_the_threshold(decided):
    _, workflow, result = decided
    card = validated_card(result, (), is_refitted=False)
    assert threshold_sentence(result.decision, workflow.task) in card.lines
    seldom = replace(result, holdout=replace(result.holdout, covered=0.2, covered_low=0.1, covered_high=0.3))
    (line,) = set(validated_card(seldom, (), is_refitted=False).lines) - set(card.lines)
    assert line.startswith("Sets of labels that state 90% covered 20.0% of the sealed rows")


def test_scores_are_those_without_costs(decided, tmp_path):
    frame, _, result = decided
    plain = Workflow(frame, "bought", output=tmp_path, executor=workers())
    plain.defaults = {"foundation": {"candidates": 2}}
    plain.foundation()
    assert plain.validation().score.fold_scores == result.score.fold_scores
    plain.close()


@pytest.mark.fast
def test_view_says_threshold_and_costs(churn_task):
    found = Threshold(0.125, Costs(1, 5), 0.4, 0.6, 0.2, 0.1, 0.3)
    section = threshold_sections(found, churn_task)[0]
    assert section.text == (
        "'Yes' is predicted from a probability of 0.125 on: a false positive costs 1, a false negative 5. "
        "Chosen on the folds, judged on the holdout."
    )
    assert section.table["verdict"].tolist() == ["better"]
    assert threshold_sections(None, churn_task) == []
    without = threshold_sections(Threshold(0.125, Costs(1, 5)), churn_task)[0]
    assert without.text.endswith("Chosen on the folds; not measured on the holdout.")


@pytest.mark.fast
def test_positive_class_is_the_one_that_is_named(tmp_path):
    workflow = Workflow(table(), "bought", output=tmp_path, executor=workers(), positive="no")
    assert workflow.task.classes == ("yes", "no")
    share = (table()["bought"] == "no").mean()
    assert f"The positive class is 'no' ({share:.1%} of the rows), as --positive says." in workflow.task.notices
    workflow.close()


@pytest.mark.fast
@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"positive": "maybe"}, "There is no class 'maybe'. Did you mean 'yes'?"),
        (
            {"costs": "fp=1"},
            "costs is 'fp=1'. Give what a false positive and a false negative cost, above 0, as in fp=1,fn=5.",
        ),
    ],
)
def test_what_cannot_be_decided_is_refused_in_a_line(tmp_path, options, line):
    with pytest.raises(SettingError) as error:
        Workflow(table(), "bought", output=tmp_path, executor=workers(), **options)
    assert str(error.value) == line


@pytest.mark.fast
def test_numbers_have_neither_costs_nor_a_positive_class(tmp_path):
    frame = table().assign(bought=np.random.default_rng(0).normal(size=200))
    for option, line in (
        ({"positive": "1"}, "--positive names one of two classes; the target 'bought' has none. Leave --positive out."),
        ({"costs": COSTS}, "--costs are of a target with two classes; 'bought' has none. Leave --costs out."),
    ):
        with pytest.raises(SettingError) as error:
            Workflow(frame, "bought", output=tmp_path / "run", executor=workers(), **option)
        assert str(error.value) == line
