"""What is said of the values of new rows."""

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.core.contract import with_seen
from mlestar_jupyter.core.script import rows_code
from mlestar_jupyter.errors import DataError
from mlestar_jupyter.modalities.derivation import derive

pytestmark = pytest.mark.fast

PERCENT = pd.DataFrame({"rate": [f"{k}.5%" for k in range(60)]})


@pytest.mark.parametrize("word", ["keine Angabe", "unbekannt", "n/a", "Unknown", "-", "нет данных"])
def test_a_word_that_says_missing_is_missing_in_new_rows(word):
    contract = derive(pd.DataFrame({"x": [1.5, 2.5]}), "")
    found, notices = contract.apply([{"x": word}, {"x": 2}, {"x": word}])
    assert np.isnan(found["x"].tolist()[0])
    assert notices == [f"Column 'x', row 1: {word!r} counts as missing (and 1 more row)."]


def test_other_words_are_refused_beside_them():
    contract = derive(pd.DataFrame({"x": [1.5, 2.5]}), "")
    with pytest.raises(DataError) as error:
        contract.apply([{"x": "n/a"}, {"x": "abc"}])
    assert str(error.value) == "Column 'x', row 2: 'abc' is not a number such as '12.5'. Correct it, or leave it empty."


def test_shares_in_a_column_of_percent_are_pointed_out():
    read = derive(PERCENT, "")
    contract = with_seen(read, read.apply(PERCENT)[0])
    line = (
        "Column 'rate', row 1: 0.55 has no % sign (and 1 more row). It is read as 0.55 %; a cell of a workbook that "
        "shows 55 % has the value 0.55."
    )
    assert contract.apply(pd.DataFrame({"rate": [0.55, 0.1]}))[1] == [line]
    bare = type(contract).from_dict(contract.how_to_read())  # as the script has it
    assert bare.apply([{"rate": "0.55"}, {"rate": 0.1}])[1] == [line]
    assert contract.apply(pd.DataFrame({"rate": [0.55, 12.5]}))[1] == []
    assert contract.apply(pd.DataFrame({"rate": ["0.55%", "0.1%"]}))[1] == []
    assert contract.apply(pd.DataFrame({"rate": [0, 1]}))[1] == []


def test_the_script_reads_such_numbers_and_says_the_same():
    known = pd.DataFrame(
        {
            "east": [f"{k}.125{'W' if k % 2 else 'E'}" for k in range(60)],
            "rate": PERCENT["rate"],
            "took": [f"{k + 1},250 ms" if k % 2 else f"{k + 1}.5 s" for k in range(60)],
            "price": [f"{k} T€" for k in range(60)],
            "plain": np.arange(60) * 1.5,
        }
    )
    read = derive(known, "")
    contract = with_seen(read, read.apply(known)[0])
    names: dict[str, object] = {}
    exec(f"import pandas as pd\n{rows_code(contract, {'text'})}", names)
    rows = [{"east": "7.5W", "rate": 0.5, "took": "1,500 ms", "price": "unbekannt", "plain": "١٢"}]
    found, notices = contract.apply(rows)
    assert found.iloc[0, [0, 1, 2, 4]].tolist() == [-7.5, 0.5, 1.5, 12.0]
    assert len(notices) == 2
    again, said = names["CONTRACT"].read_frame(pd.DataFrame(rows, dtype=object))
    pd.testing.assert_frame_equal(again, found)
    assert said == notices
