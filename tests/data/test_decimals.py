"""The decimal mark of a file, by all of its columns."""

import pytest

from mlestar_jupyter.data.decimals import find_decimals

pytestmark = pytest.mark.fast

COMMA = "Numbers are read with a decimal comma. If that is wrong, add --decimal point."


def found(columns, delimiter=",", wanted=""):
    return find_decimals(list(columns), list(zip(*columns.values(), strict=True)), delimiter, wanted)


@pytest.mark.parametrize(
    ("columns", "delimiter", "decimal"),
    [
        ({"a": ["1.5", "2"]}, ",", "."),
        ({"a": ["1,5", "2"]}, ";", ","),
        ({"a": ["1,5", "2"]}, ",", ","),
        ({"a": ["1,5", "2"], "b": ["2,25", ""], "c": ["2.1", "3"]}, ";", ","),
        ({"a": ["1.5", "2"], "b": ["2.25", ""], "c": ["2,1", "3"]}, ";", "."),
        ({"a": ["1.234,50", "2"], "b": ["1.234", "2.500"]}, ";", ","),
        ({"a": ["1,234.50", "2"], "b": ["1,234", "2,500"]}, ";", "."),
        ({"a": ["1.234.567", "2"]}, "\t", ","),
        ({"a": ["12,34,567", "2"]}, ";", "."),
        ({"a": ["1.234", "2.500"]}, ";", ","),
        ({"a": ["1.234", "2.500"]}, "\t", "."),
        ({"a": ["1.234", "2500"]}, ";", "."),
        ({"a": ["1.234", "0.500"]}, ";", "."),
        ({"a": ["12,5 €", "1 €"], "b": ["1.234", "2.500"]}, ",", ","),
        ({"a": ["192.168.1.1", "10.0.0.1"], "b": ["1.2.3", "2.0.1"], "c": ["31.12.2023", "1.1.2023"]}, ";", "."),
        ({"a": ["3,7", "1,2,5"], "b": ["Smith, J. 3,5", "x"]}, ";", "."),
    ],
)
def test_the_mark_of_most_columns_is_that_of_the_file(columns, delimiter, decimal):  # T12
    assert found(columns, delimiter).options.get("decimal", ".") == decimal


def test_a_mark_that_no_column_proves_is_shown_and_can_be_set():
    unsure = {"a": ["1.234", "2.500"], "b": ["x", "y"]}
    shown = "a: '1.234' is read as 1.234. If the mark stands between thousands, add --decimal comma."
    assert found(unsure).notices == (shown,)
    assert found(unsure, ";").notices == (COMMA,)
    assert found(unsure, wanted=",").options == {"decimal": ","}
    assert found(unsure, ";", ".").options == {}
    assert found(unsure, ";", ".").notices == ("a: '1.234' is read as 1.234.",)
    assert found({"a": ["1,5", "2"]}, wanted=",").notices == ()
    assert found({"a": ["1,234", "2,500"]}, ";").notices == (
        COMMA,
        "a: '1,234' is read as 1.234. If the mark stands between thousands, add --decimal point.",
    )


def test_rows_may_end_in_one_more_delimiter():
    rows = [["1.234", "5,5", ""], ["2.500", "3,25", ""], ["9"]]
    assert find_decimals(["a", "b"], rows, "|").options == {"decimal": ","}


def test_a_notice_keeps_the_sign_and_leaves_amounts_to_their_own_notice():
    shown = "a: '-1.234' is read as -1.234. If the mark stands between thousands, add --decimal comma."
    assert found({"a": ["-1.234", "-2.500"], "b": ["1.234 kg", "2.500 kg"], "c": ["(1.234)", "(2.500)"]}).notices == (
        shown,
    )
