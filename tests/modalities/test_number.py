"""Values that stand for "missing" among numbers."""

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.modalities.derivation import derived
from mlestar_jupyter.problems.recognition import make_dataset

pytestmark = pytest.mark.fast

RANDOM = np.random.default_rng(0)
N = 400
AMOUNTS = RANDOM.normal(20, 5, N)


def sentinels(values, mark, share):
    values = np.array(values, dtype=float)
    values[: int(share * N)] = mark
    frame = pd.DataFrame({"x": RANDOM.permutation(values), "y": np.arange(N) % 2})
    task = make_dataset(read_table(frame), "y", test=0).task
    return task.columns[0].sentinels, task.notices


@pytest.mark.parametrize("share", [0.01, 0.2, 0.45])
@pytest.mark.parametrize("mark", [-999, 9999, -99, -999.25, 999.9, 99999, 1e20, -2147483648, -8888])
def test_a_value_far_from_all_others_stands_for_missing_at_any_share_below_one_half(mark, share):
    found, notices = sentinels(AMOUNTS, mark, share)
    assert found == (mark,)
    (line,) = [n for n in notices if n.startswith("x: ")]
    assert line.endswith(
        f", far from all other values, counts as missing in {int(share * N)} rows. To keep it, change the cleaning block."
    )


@pytest.mark.parametrize(
    ("values", "mark", "share"),
    [
        (AMOUNTS, -999, 0.6),
        (RANDOM.uniform(0, 9000, N), 9999, 0.1),  # near the others
        (RANDOM.uniform(0, 100, N).round(2), 99.99, 0.1),
        (RANDOM.integers(18, 60, N), 99, 0.1),
        (AMOUNTS, 1234, 0.1),
        (RANDOM.integers(0, 9, N), -1, 0.1),
        (np.full(N, 5.0), 999, 0.1),  # two codes
        (RANDOM.integers(0, 30000, N), 32767, 0.1),
    ],
)
def test_a_plausible_value_is_kept(values, mark, share):
    assert sentinels(values, mark, share)[0] == ()


def test_codes_beside_a_scale_stand_for_missing():
    assert sentinels(RANDOM.integers(1, 6, N), 99, 0.1)[0] == (99,)


def test_two_marks_are_found_together():
    values = np.array([-999.0, -9999.0] * 20 + [1.0, 2.0, 3.0] * 100)
    frame = pd.DataFrame({"x": values, "y": np.arange(len(values)) % 2})
    task = make_dataset(read_table(frame), "y", test=0).task
    assert task.columns[0].sentinels == (-9999, -999)
    assert any(
        n.startswith("x: -9999, -999, far from all other values, count as missing in 40 rows.") for n in task.notices
    )


def test_a_word_that_is_missing_among_numbers_and_a_category_elsewhere_is_pointed_out():
    frame = pd.DataFrame(
        {
            "age": ["unbekannt" if i % 10 == 0 else str(20 + i % 40) for i in range(200)],
            "city": [["Bonn", "Ulm", "unbekannt"][i % 3] for i in range(200)],
            "kind": ["a", "b"] * 100,
        }
    )
    said = derived(frame, "").notices
    assert said[-1] == (
        "city: 'unbekannt' stays a category (66 rows), though it counts as missing in age. Leave cells empty where a "
        "value is missing."
    )
    assert sum("unbekannt" in notice for notice in said) == 2
