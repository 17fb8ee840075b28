"""Files of SPSS, Stata and SAS: labels, codes and missing values."""

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.modalities.derivation import derive

pytestmark = pytest.mark.fast


def values(table, **how):
    contract = derive(table.frame, "y", function=table.source.function, options=dict(table.source.options))
    return contract, contract.read_known(table.frame)[0]


def test_labels_of_spss_are_used_where_each_value_has_one(tmp_path):
    spss = pytest.importorskip("pyreadstat")
    frame = pd.DataFrame(
        {"sex": [1.0, 2.0, 1.0], "age": [30.0, 99.0, 40.0], "mood": [1.0, 4.0, 7.0], "text": ["a", "", "b"], "y": [0.0, 1.0, 0.0]}
    )  # fmt: skip
    spss.write_sav(
        frame,
        tmp_path / "t.sav",
        variable_value_labels={
            "sex": {1.0: "m", 2.0: "f"},
            "age": {99.0: "refused"},
            "mood": {1.0: "bad", 7.0: "good"},
        },
        missing_ranges={"age": [99.0]},
    )
    table = read_table(tmp_path / "t.sav")
    contract, found = values(table)
    assert found["sex"].tolist() == ["m", "f", "m"]
    assert found["age"].tolist()[::2] == [30.0, 40.0]
    assert np.isnan(found["age"][1])  # the user's own mark of a missing value
    assert found["mood"].tolist() == [1.0, 4.0, 7.0]
    assert found["text"].isna().tolist() == [False, True, False]
    assert table.notices == (
        "Only some values have labels of their own in age, mood: the codes are kept. To use labels, give one to every value.",
    )
    pd.testing.assert_frame_equal(contract.read_known(contract.read_table(tmp_path / "t.sav"))[0], found)


def test_categories_of_stata_are_used_where_each_value_has_a_label(tmp_path):
    path = tmp_path / "t.dta"
    frame = pd.DataFrame({"grade": pd.Categorical(["low", None, "high"]), "mood": [1, 4, 7], "text": ["a", "", "b"], "y": [0, 1, 0]})  # fmt: skip
    frame.to_stata(path, write_index=False, value_labels={"mood": {1: "bad", 7: "good"}})
    table = read_table(path)
    _, found = values(table)
    assert found["grade"].tolist()[::2] == ["low", "high"]
    assert found["grade"].isna().tolist() == [False, True, False]
    assert found["mood"].tolist() == [1.0, 4.0, 7.0]
    assert found["text"].isna().tolist() == [False, True, False]
    assert table.notices == (
        "Only some values have labels of their own in mood: the codes are kept. To use labels, give one to every value.",
    )


def test_labels_of_stata_that_two_values_share_are_no_dead_end(tmp_path):
    path = tmp_path / "t.dta"
    frame = pd.DataFrame({"mood": [1, 2, 3], "y": [0, 1, 0]})
    frame.to_stata(path, write_index=False, value_labels={"mood": {1: "bad", 2: "badd", 3: "good"}})
    path.write_bytes(path.read_bytes().replace(b"badd", b"bad\x00"))
    table = read_table(path)
    assert table.frame["mood"].tolist() == [1, 2, 3]
    assert len(table.notices) == 1


def test_zeros_and_dates_of_transport_files_stay_what_they_are(tmp_path):
    sas = pytest.importorskip("pyreadstat")
    frame = pd.DataFrame({"x": [0.0, 1.0, np.nan], "day": pd.to_datetime(["2024-01-05", None, "2024-03-01"]), "y": [0, 1, 0]})  # fmt: skip
    for version in (5, 8):
        sas.write_xport(frame, tmp_path / "t.xpt", file_format_version=version)
        found = read_table(tmp_path / "t.xpt").frame
        assert found["x"].tolist()[:2] == [0.0, 1.0]
        assert found["day"].tolist()[::2] == [pd.Timestamp("2024-01-05"), pd.Timestamp("2024-03-01")]
