import re

import numpy as np
import pytest

from mlestar_jupyter.checks.leakage.target_shuffle import TargetShuffle, chance_level, evenly_written
from tests.checks.inputs_for_tests import inputs, table


def test_score_at_chance_is_clear():
    assert TargetShuffle().check(inputs(table(), shuffled=lambda y: [0.47, 0.55])).outcome == "clear"


def test_score_above_chance_is_found():
    finding = TargetShuffle().check(inputs(table(), shuffled=lambda y: [0.9, 0.92]))
    assert finding.outcome == "found"
    assert "0.91" in finding.evidence
    assert finding.remedy == "Look in the blocks for steps that see the target of rows outside the training folds."


def test_the_evidence_says_what_counts_with_the_same_decimals():
    finding = TargetShuffle().check(inputs(table(), shuffled=lambda y: [0.361, 0.36]))
    score, level, width = re.findall(r"\d\.\d+", finding.evidence)[1:]
    assert finding.evidence == (
        f"{inputs(table()).task.metric.label} {score}, {score} on shuffled targets, {level} ± {width} by chance; only what "
        "is better than that counts"
    )
    assert len(score) == len(level) == len(width)
    assert evenly_written([120.4, 98.0, 31.0]) == ["120", "98", "31"]
    assert evenly_written([0.5, 0.5, 0.0]) == ["0.500", "0.500", "0.000"]


def test_unmeasured_shuffle_is_not_a_pass():
    assert TargetShuffle().check(inputs(table(), shuffled=lambda y: "no time")).outcome == "not applicable"


def test_the_shuffle_keeps_the_classes_and_depends_on_the_seed_alone():
    seen = []
    for _ in range(2):
        TargetShuffle().check(inputs(table(), shuffled=lambda y: seen.append(y) or [0.5]))
    assert np.array_equal(seen[0], seen[2])
    assert not np.array_equal(seen[0], seen[1])
    assert seen[0].sum() == seen[1].sum()


@pytest.mark.parametrize(
    ("metric", "low", "high"), [("roc_auc", 0.45, 0.55), ("f1", 0.6, 0.75), ("neg_log_loss", 0.65, 0.72)]
)
def test_chance_is_the_best_that_needs_no_input(metric, low, high):
    level, noise = chance_level(inputs(table(400), metric=metric))
    assert low < level < high
    assert 0 < noise < 0.3
