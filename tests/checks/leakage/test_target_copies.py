import numpy as np
import pytest

from mlestar_jupyter.checks.leakage.target_copies import TargetCopies
from tests.checks.inputs_for_tests import inputs, table

pytestmark = pytest.mark.fast


def test_honest_columns_are_clear():
    assert TargetCopies().check(inputs(table())).outcome == "clear"


def test_relabelled_target_is_found():
    frame = table()
    frame["status"] = frame["bought"].map({"yes": "B", "no": "A"})
    finding = TargetCopies().check(inputs(frame))
    assert finding.outcome == "found"
    assert finding.evidence == "the target in disguise: status"
    assert finding.remedy == "Drop status in the cleaning block."


def test_monotone_copy_of_a_number_is_found():
    frame = table()
    frame["price"] = frame["useful"] * 2 + frame["idle"]
    frame["log_price"] = np.exp(frame["price"])
    assert TargetCopies().check(inputs(frame, "price")).outcome == "found"


def test_rare_class_does_not_make_every_flag_a_copy():
    rng = np.random.default_rng(0)
    frame = table(5000)
    frame["flag"] = rng.choice(["a", "b"], 5000)
    frame["bought"] = np.where(np.arange(5000) < 3, "yes", "no")
    assert TargetCopies().check(inputs(frame, test=0)).outcome == "clear"


def test_copy_that_the_cleaning_block_drops_is_clear_and_named():
    frame = table()
    frame["status"] = frame["bought"].map({"yes": "B", "no": "A"})
    finding = TargetCopies().check(inputs(frame, cleaned="X.drop(columns='status')"))
    assert finding.outcome == "clear"
    assert finding.evidence == "none of 2 columns follows the target exactly; dropped in the cleaning block: status"


def test_copy_under_a_name_that_the_cleaning_block_gives_is_found():
    frame = table()
    frame["status"] = frame["bought"].map({"yes": "B", "no": "A"})
    finding = TargetCopies().check(inputs(frame, cleaned="X.rename(columns={'status': 'other'})"))
    assert finding.evidence == "the target in disguise: other"


def test_copy_that_takes_the_place_of_an_honest_column_is_found():
    frame = table()
    frame["status"] = frame["bought"].map({"yes": "B", "no": "A"})
    honest = frame.columns[0]
    taken = f"X.assign(**{{{honest!r}: (X['status'] == 'A') * 1.0}}).drop(columns='status')"
    assert TargetCopies().check(inputs(frame, cleaned=taken)).evidence == f"the target in disguise: {honest}"
    assert TargetCopies().check(inputs(frame, cleaned="X.assign(status=0.0)")).outcome == "clear"


def test_a_block_that_drops_rows_hides_no_column():
    frame = table()
    frame["status"] = frame["bought"].map({"yes": "B", "no": "A"})
    assert TargetCopies().check(inputs(frame, cleaned="X.iloc[:-1]")).evidence == "the target in disguise: status"
