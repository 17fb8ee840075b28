"""Second tables whose numbers have the other decimal mark: read rightly where the numbers show it, and said."""

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.core.script import rows_code
from mlestar_jupyter.modalities.derivation import derive

pytestmark = pytest.mark.fast

VALUES = np.array([4655.21, 554.21, 12.5, 8688.125, 1000.25, 40.0] * 10) + np.arange(60)


def point(value):
    return f"{value:,.3f}"


def comma(value):
    return f"{value:,.3f}".translate(str.maketrans(",.", ".,"))


def table(write, **columns):
    written = {"v": [write(v) for v in VALUES]} | {n: [write(v) for v in values] for n, values in columns.items()}
    return pd.DataFrame(written).assign(y=["a", "b"] * 30)


@pytest.mark.parametrize(("known", "other"), [(point, comma), (comma, point)])
@pytest.mark.parametrize("function", ["", "read_csv"])
def test_numbers_in_the_other_convention_are_read_and_said(known, other, function):
    contract = derive(table(known), "y", function=function)
    found, notices = contract.read_known(table(other))
    np.testing.assert_allclose(found["v"], VALUES.round(3))
    marks = ("comma", "point") if other is comma else ("point", "comma")
    assert notices == [
        f"v: read with a decimal {marks[0]}, as in {other(VALUES[0])!r}; the table that is learned from has a decimal "
        f"{marks[1]}."
    ]


def test_columns_that_show_nothing_go_with_the_others():
    small = {"w": np.arange(60) * 1.125 + 0.007}
    contract = derive(table(point, **small), "y")
    found, notices = contract.read_known(table(comma, w=small["w"] + 100))
    np.testing.assert_allclose(found["w"], (small["w"] + 100).round(3))
    assert notices[0].startswith("v, w: read with a decimal comma")


def test_columns_of_the_known_convention_stay():
    contract = derive(table(point, w=VALUES), "y")
    found, notices = contract.read_known(table(comma).assign(w=[point(v) for v in VALUES]))
    np.testing.assert_allclose(found[["v", "w"]], np.column_stack([VALUES, VALUES]).round(3))
    assert notices[0].startswith("v: read with a decimal comma")


def test_plain_numbers_and_a_target_are_read_so_too():
    contract = derive(pd.DataFrame({"x": VALUES, "y": [point(v) for v in VALUES]}), "y")
    found, notices = contract.read_known(pd.DataFrame({n: [comma(v) for v in VALUES] for n in "xy"}))
    np.testing.assert_allclose(found[["x", "y"]], np.column_stack([VALUES, VALUES]).round(3))
    assert notices[0].startswith("x, y: read with a decimal comma")


def test_a_mixture_is_missing_where_it_does_not_fit_and_counted():
    contract = derive(table(point), "y")
    mixed = table(point).assign(v=[(comma if k % 2 else point)(v) for k, v in enumerate(VALUES)])
    found, notices = contract.read_known(mixed)
    assert found["v"].isna().sum() == sum(comma(v).count(".") > 0 for v in VALUES[1::2])
    assert "cannot be read as a number" in notices[0]


@pytest.mark.parametrize("known", [point, float])
def test_the_script_reads_its_test_table_alike(known):
    contract = derive(table(known), "y")
    names: dict[str, object] = {}
    exec(f"import pandas as pd\n{rows_code(contract, {'text'}, has_test=True)}", names)
    found, said = names["CONTRACT"].read_known(table(comma))
    wanted, notices = contract.read_known(table(comma))
    pd.testing.assert_frame_equal(found, wanted)
    assert said == notices
    np.testing.assert_allclose(found["v"], VALUES.round(3))
