import numpy as np
import pytest

from mlestar_jupyter.ensembles.calibration import brier, learners, reliability
from mlestar_jupyter.ensembles.combination import combine
from mlestar_jupyter.ensembles.mean import Mean
from tests.ensembles.members_for_tests import folds_of, known_of, learned

pytestmark = pytest.mark.fast


def _predicted(n_rows=20_000, sharpness=1.0, n_classes=2, seed=0):
    """Probabilities from which the classes are drawn, made sharper than they are true."""
    generator = np.random.default_rng(seed)
    true = generator.dirichlet(np.ones(n_classes), n_rows)
    y = (true.cumsum(axis=1) < generator.random((n_rows, 1))).sum(axis=1)
    powers = true**sharpness
    return powers / powers.sum(axis=1, keepdims=True), y


@pytest.mark.parametrize("n_classes", [2, 4])
def test_calibration_mends_what_is_too_sure(n_classes):
    predicted, y = _predicted(sharpness=3.0, n_classes=n_classes)
    unseen, truth = _predicted(sharpness=3.0, n_classes=n_classes, seed=1)
    for learn in learners(n_classes, len(y)).values():
        mended = learn(predicted, y).apply(unseen)
        np.testing.assert_allclose(mended.sum(axis=1), 1)
        assert brier(mended, truth) < brier(unseen, truth)
        assert reliability(mended, truth).error < reliability(unseen, truth).error / 2


def test_temperature_finds_the_factor():
    predicted, y = _predicted(sharpness=2.0, n_classes=3)
    assert learners(3, len(y))["temperature"](predicted, y).sharpness == pytest.approx(0.5, abs=0.02)


def test_dirichlet_finds_the_map_that_changed_the_probabilities():
    true, y = _predicted(n_classes=3)
    matrix, offsets = np.array([[1.0, 0.4, 0.0], [0.0, 1.2, 0.0], [-0.3, 0.0, 0.8]]), np.array([0.5, -0.5, 0.0])
    powers = np.exp(np.log(np.clip(true, 1e-6, 1)) @ matrix.T + offsets)
    predicted = powers / powers.sum(axis=1, keepdims=True)
    mended = learners(3, len(y))["dirichlet"](predicted, y).apply(predicted)
    assert np.abs(mended - true).mean() < 0.01 < np.abs(predicted - true).mean()


def test_dirichlet_needs_many_rows_and_few_classes():
    assert set(learners(3, 999)) == {"temperature"}
    assert set(learners(10, 1_000)) == {"temperature", "dirichlet"}
    assert set(learners(11, 100_000)) == {"temperature"}


def test_class_that_never_happened_leaves_finite_probabilities():
    predicted, y = _predicted(1_500, n_classes=4)
    mended = learners(4, 1_500)["dirichlet"](predicted, np.minimum(y, 2)).apply(predicted)
    assert np.isfinite(mended).all()
    np.testing.assert_allclose(mended.sum(axis=1), 1)


def test_isotonic_needs_many_rows():
    assert set(learners(2, 999)) == {"sigmoid"}
    assert set(learners(2, 1_000)) == {"sigmoid", "isotonic"}


def test_one_class_alone_leaves_the_probabilities_as_they_are():
    predicted, _ = _predicted(50)
    learned = learners(2, 50)["sigmoid"](predicted, np.zeros(50, dtype=int))
    np.testing.assert_allclose(learned.apply(predicted), predicted, atol=1e-5)


def test_true_probabilities_have_little_calibration_error():
    predicted, y = _predicted()
    curve = reliability(predicted, y)
    assert curve.error < 0.02
    assert curve.counts.sum() == len(y)


def test_brier_score_of_certain_and_right_is_zero():
    y = np.array([0, 1, 2])
    assert brier(np.eye(3), y) == 0
    assert brier(np.eye(2), y[:2]) == 0


def test_calibration_is_offered_for_what_is_too_sure_and_not_for_what_is_true(churn):
    known = known_of(churn, "binary")
    too_sure, y = _predicted(3_000, sharpness=4.0)
    true, _ = _predicted(3_000)
    for predicted, is_offered in ((too_sure, True), (true, False)):
        rows = learned(np.stack([predicted, predicted]), y, "binary", known.X.iloc[np.arange(3_000) % len(known.X)])
        combined = combine(Mean(), rows, folds_of(rows))
        assert (combined.calibrator is not None) == is_offered
        assert combined.calibrations
        changed = combined.predictions.columns is not combined.uncalibrated.columns
        assert changed or not is_offered
    off = combine(Mean(), rows, folds_of(rows), calibrate=False)
    assert (off.calibrator, off.calibrations) == (None, ())
