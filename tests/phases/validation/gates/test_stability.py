import numpy as np
import pytest

from mlestar_jupyter.phases.validation.gates.stability import stability
from tests.phases.validation.gates.evidence_for_tests import N_FOLDS, binary, evidence, numbers


@pytest.mark.parametrize("seed", range(4))
def test_oracle_with_heavy_tails_passes(seed):
    y, x = numbers(800, seed, tails=2.5)
    found = evidence("rmse", y, x)
    assert found.score.spread / found.score.score > 0.02
    assert stability(found).verdict == "pass"


def test_fold_whose_model_fails_is_found():
    y, p, _ = binary(1600)
    broken = p.copy()
    at = np.flatnonzero(np.arange(1200) % N_FOLDS == 2)
    broken[at] = np.random.default_rng(0).permutation(p[at])
    gate = stability(evidence("roc_auc", y, broken))
    assert gate.verdict == "fail"
    assert gate.figure > 0.3
    assert gate.remedy == (
        "Look at the folds that are worst: they may hold another time, site or group, which --time or --group would keep "
        "together; a simpler model or more rows help where fits differ by chance."
    )


def test_spread_that_nobody_cares_for_passes_whatever_its_p():
    y, p, _ = binary(1600)
    broken = p.copy()
    at = np.flatnonzero(np.arange(1200) % N_FOLDS == 2)
    broken[at] = np.random.default_rng(0).permutation(p[at])
    assert stability(evidence("roc_auc", y, broken, max_cv_spread=0.9)).verdict == "pass"


def test_whole_groups_are_exchanged():
    """Groups that differ: by rows the folds of few groups would spread beyond chance."""
    rng = np.random.default_rng(2)
    groups = np.repeat(np.arange(16), 50)  # every fourth row is in a fold, so groups are put into folds below
    order = np.argsort(groups % N_FOLDS, kind="stable")
    effect = rng.normal(scale=2, size=16)[groups]
    x = rng.normal(size=800)
    y = 2 * x + effect + rng.normal(size=800)
    interleaved = np.empty(800, dtype=int)
    for fold in range(N_FOLDS):
        interleaved[np.arange(800) % N_FOLDS == fold] = order[fold * 200 : (fold + 1) * 200]
    found = evidence("rmse", y[interleaved], 2 * x[interleaved], n_sealed=0, groups=groups[interleaved])
    assert stability(found).verdict == "pass"


@pytest.mark.fast
def test_score_that_is_the_baselines_is_not_measured():
    y, _ = numbers(200)
    gate = stability(evidence("rmse", y, np.full(200, y[:150].mean())))
    assert (gate.verdict, gate.words) == ("not measured", "the score is that of the baseline")


@pytest.mark.fast
def test_one_group_in_each_fold_cannot_fail_and_is_not_measured():
    y, said = numbers(400)
    gate = stability(evidence("rmse", y, said, n_sealed=0, groups=np.arange(400) % 4))
    assert (gate.verdict, gate.words) == (
        "not measured", "4 groups or stretches of time are too few for a test at this significance"
    )  # fmt: skip
