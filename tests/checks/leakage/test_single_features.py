import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.checks.leakage.single_features import SingleFeatures
from tests.checks.inputs_for_tests import inputs, table

pytestmark = pytest.mark.fast


def test_honest_signal_raises_no_alarm():
    assert SingleFeatures().check(inputs(table())).outcome == "clear"


def test_column_that_knows_the_class_is_suspect():
    frame = table()
    frame["days_after"] = (frame["bought"] == "yes") * 5.0 + np.random.default_rng(2).normal(size=len(frame)) * 0.5
    finding = SingleFeatures().check(inputs(frame))
    assert finding.outcome == "suspect"
    assert "days_after" in finding.evidence
    assert finding.remedy == (
        "Make sure that days_after is known when the prediction is made; if not, drop it in the cleaning block."
    )


def test_columns_of_mixed_types_can_be_scored():
    frame = table()
    frame["mixed"] = [i if i % 2 else f"v{i % 7}" for i in range(len(frame))]
    assert SingleFeatures().check(inputs(frame)).outcome == "clear"


def three_classes(rare):
    """Three classes, the last with few rows."""
    kinds = np.array(["a", "b"] * 40 + ["c"] * rare)
    values = np.random.default_rng(0).normal(size=(len(kinds), 2))
    return pd.DataFrame(values, columns=["u", "v"]).assign(kind=kinds)


@pytest.mark.parametrize("rare", [1, 2, 3])
@pytest.mark.parametrize("metric", [None, "neg_log_loss"])
def test_a_class_that_not_every_fold_has_is_left_out_of_the_score_without_a_warning(recwarn, rare, metric):
    finding = SingleFeatures().check(inputs(three_classes(rare), "kind", metric=metric))
    assert finding.outcome == "clear"
    assert "nan" not in finding.evidence
    assert [str(w.message) for w in recwarn if w.category is UserWarning] == []


def test_what_cannot_be_scored_is_not_applicable():
    frame = pd.concat([table().query("bought == 'no'")[:30], table().query("bought == 'yes'")[:3]], ignore_index=True)
    finding = SingleFeatures().check(inputs(frame))
    assert finding.outcome == "not applicable"
    assert finding.evidence == "no column alone can be scored by roc_auc: a class has too few rows"


def test_column_that_the_cleaning_block_drops_is_not_looked_at():
    frame = table()
    frame["status"] = frame["bought"].map({"yes": "B", "no": "A"})
    assert SingleFeatures().check(inputs(frame)).outcome == "suspect"
    assert SingleFeatures().check(inputs(frame, cleaned="X.drop(columns='status')")).outcome == "clear"
