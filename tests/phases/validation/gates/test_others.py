"""Gates of one figure: overfitting, target score, latency, memory, size, findings, later phases, the original's."""

from dataclasses import replace

import numpy as np
import pytest

from mlestar_jupyter.checks.base import Finding
from mlestar_jupyter.checks.cost import Cost
from mlestar_jupyter.phases.validation.gates.cost import latency, memory, size
from mlestar_jupyter.phases.validation.gates.findings import of_kind
from mlestar_jupyter.phases.validation.gates.later import monitoring, service
from mlestar_jupyter.phases.validation.gates.overfitting import overfitting
from mlestar_jupyter.phases.validation.gates.registry import gates
from mlestar_jupyter.phases.validation.gates.target_score import target_score
from tests.phases.validation.gates.evidence_for_tests import binary, evidence, numbers

pytestmark = pytest.mark.fast


def test_skill_lost_outside_of_the_rows_fitted_on_is_advice_alone():
    y, p, _ = binary(400, strength=0.5)
    gate = overfitting(evidence("roc_auc", y, p, train=1.0))
    assert (gate.verdict, gate.low) == ("advice", None)
    assert gate.figure > 0.5
    remedy = "No fault by itself, as the cross-validated score counts. Stronger regularisation may raise that."
    assert gate.remedy == remedy
    assert overfitting(evidence("roc_auc", y, p, train=0.66)).verdict == "pass"


@pytest.mark.parametrize(("wanted", "verdict"), [(0.5, "pass"), (0.875, "advice"), (0.95, "fail")])
def test_target_score_fails_where_the_interval_excludes_it(wanted, verdict):
    y, p, _ = binary(2000)
    found = evidence("roc_auc", y, p, quality_threshold=wanted)
    found = replace(
        found, sealed=replace(found.sealed, score=replace(found.sealed.score, score=0.87, low=0.85, high=0.9))
    )
    assert target_score(found).verdict == verdict


def test_target_score_has_the_metrics_direction():
    y, x = numbers(400)
    assert target_score(evidence("rmse", y, x, quality_threshold=2.0)).verdict == "pass"
    assert target_score(evidence("rmse", y, x, quality_threshold=0.5)).verdict == "fail"
    remedy = "Give the run more time, rows or columns, or ask for less."
    assert target_score(evidence("rmse", y, x, quality_threshold=0.5)).remedy == remedy
    assert target_score(evidence("rmse", y, x)).verdict == "not measured"


def test_figures_are_below_their_limits():
    y, p, _ = binary(200)
    found = replace(evidence("roc_auc", y, p, max_latency=5, max_memory_mb=50, max_size_mb=1), cost=Cost(4, 1, 1, 2))
    assert [(g.verdict, g.figure) for g in (latency(found), memory(found), size(found))] == [
        ("pass", 4.0), ("fail", 100.0), ("fail", 2.0)
    ]  # fmt: skip
    slow = replace(found, cost=Cost(9, 1, 1, 2))
    assert [g.remedy for g in (latency(slow), memory(slow), size(slow))] == [
        "Take a smaller model, or raise max_latency.",
        "Fit on fewer rows with --sample, or raise max_memory_mb.",
        "Take a smaller model, or raise max_size_mb.",
    ]
    sampled = replace(slow, task=replace(slow.task, n_sample=50))
    assert memory(sampled).remedy == "Fit on fewer rows with a smaller --sample, or raise max_memory_mb."
    assert latency(replace(found, max_latency=1.0)).limit == "< 5 ms"


def _finding(code, outcome):
    return Finding(code, "", outcome, "", f"Drop what {code} names.")


def test_findings_of_a_kind_are_summed_up_with_what_to_do():
    found = of_kind("leakage", [_finding("A", "found"), _finding("B", "suspect"), _finding("C", "clear")])
    assert (found.verdict, found.figure, found.words) == ("fail", 1.0, "found by A; look at B")
    assert found.remedy == "Drop what A names."
    assert of_kind("leakage", [_finding("B", "suspect")]).verdict == "advice"
    assert of_kind("leakage", [_finding("B", "clear")]).verdict == "pass"
    assert of_kind("leakage", [_finding("B", "not applicable")]).verdict == "not measured"


def test_service_and_monitoring_wait_for_their_phases():
    found = evidence("roc_auc", *binary(200)[:2])
    assert service(found).verdict == monitoring(found).verdict == "not measured"


def test_the_originals_figures_say_how_often_they_err():
    y, x = numbers(200, tails=2.5)
    by_name = {g.name: g for g in gates(evidence("rmse", y, x, policy="original"))}
    assert "the original's figure; errs in" in by_name["stability"].limit
    assert "the original's figure; errs in" in by_name["generalisation"].limit
    assert by_name["stability"].verdict == "fail"
    remedy = "A fixed figure: look at what policy: tested says before changing anything."
    assert by_name["stability"].remedy == remedy


def test_gates_have_names_of_their_own():
    names = [g.name for g in gates(evidence("roc_auc", *binary(200)[:2]))]
    assert len(set(names)) == len(names)


def test_a_large_score_without_an_interval_is_written_in_full():
    y, x = numbers(400)
    found = evidence("rmse", y, x, quality_threshold=250_000.0)
    score = replace(found.sealed.score, score=123_456.0, low=np.nan, high=np.nan)
    gate = target_score(replace(found, sealed=replace(found.sealed, score=score)))
    assert gate.words == "root_mean_squared_error 123,456, on the holdout"
    assert gate.limit == "root_mean_squared_error at most 250,000"


def test_a_figure_that_is_missing_says_why():
    y, p, _ = binary(200)
    assert size(evidence("roc_auc", y, p, checks="quick")).words == "checks: quick leaves it out"
    found = evidence("roc_auc", y, p)
    found = replace(found, score=replace(found.score, row_ms=None))
    assert latency(found).words == "it was not measured with the folds"
