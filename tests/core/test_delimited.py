"""New files of delimited text are read as the table was, whatever form they come in."""

import io

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.core.contract import Contract
from mlestar_jupyter.core.delimited import _lines_of
from mlestar_jupyter.core.encodings import Encoding
from mlestar_jupyter.core.json_tables import _lines
from mlestar_jupyter.core.opening import RowsError
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.data.sums import sums_notice
from mlestar_jupyter.modalities.derivation import derive
from mlestar_jupyter.problems.recognition import make_dataset
from tests.core.test_rows import run_script, script_of

RANDOM, SIZE = np.random.default_rng(0), 60
TABLE = pd.DataFrame(
    {
        "size": RANDOM.normal(size=SIZE).round(3),
        "region": RANDOM.choice(["NA", "EU", "AS"], SIZE),
        "city": RANDOM.choice(["Köln", "Bonn"], SIZE),
        "code": RANDOM.choice(["007", "012", "115"], SIZE),
        "y": RANDOM.choice(["None", "Mild", "Severe"], SIZE),
    }
)
X = TABLE.drop(columns="y")


@pytest.fixture
def contract(tmp_path):
    TABLE.to_csv(tmp_path / "table.csv", index=False, encoding="cp1252")
    table = read_table(tmp_path / "table.csv")
    found = derive(table.frame, "y", function=table.source.function, options=dict(table.source.options))
    return Contract.from_dict(found.to_dict())


def check(contract, path):
    found, _ = contract.apply(contract.read_file(path))
    pd.testing.assert_frame_equal(found, X.astype({"size": float}))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1", "mac_roman"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "||", " "])
@pytest.mark.parametrize("above", ["", "# written by x\n", "Report\n\n"])
def test_a_new_file_may_have_another_form(tmp_path, contract, encoding, delimiter, above):  # T2
    text = above + X.to_csv(index=False).replace(",", delimiter)
    (tmp_path / "new.csv").write_bytes(text.encode(encoding))
    check(contract, tmp_path / "new.csv")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("size,region", " size , region "),
        lambda text: text + "Total,,,\n",
        lambda text: "\n".join(line + "," for line in text.splitlines()),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace("Köln", '"Köln"'),
    ],
)
def test_a_new_file_may_have_faults_of_its_own(tmp_path, contract, change):  # T2
    (tmp_path / "new.csv").write_text(change(X.to_csv(index=False)))
    check(contract, tmp_path / "new.csv")


def test_a_few_rows_are_enough(tmp_path, contract):
    for rows in (X.head(1), X.head(2)):
        rows.to_csv(tmp_path / "new.csv", index=False, sep=";", encoding="cp1252")
        found, _ = contract.apply(contract.read_file(tmp_path / "new.csv"))
        assert found.values.tolist() == rows.values.tolist()


def test_a_line_of_too_many_values_is_refused(tmp_path, contract):
    lines = X.to_csv(index=False).splitlines()
    (tmp_path / "new.csv").write_text("\n".join([*lines[:5], lines[5] + ",x,x", *lines[6:]]))
    with pytest.raises(RowsError) as error:
        contract.read_file(tmp_path / "new.csv")
    line = "Line 6 of 'new.csv' has 6 values for 4 names. Put quotes around values that contain the delimiter."
    assert str(error.value) == line


def test_the_end_of_a_large_file_with_a_mark_and_quotes_is_found(tmp_path):
    rows = "".join(f'"r{i}",{i},{i % 7}\n' for i in range(70_000))
    path = tmp_path / "t.csv"
    path.write_bytes(("\ufeff" + '"id","x","y"\n' + rows + "Total,2449965000,\n").encode())
    table = read_table(path)
    assert len(table.frame) == 70_000
    assert table.notices == ("The last line is no row of the table ('Total,2449965000,'): left out.",)


def test_lines_are_the_same_however_a_file_comes_in_pieces():
    text = 'a,"b\r\nc"\r\r\n\né\rlast'
    content = text.encode()
    for size in range(1, len(content) + 1):
        pieces = [content[start : start + size] for start in range(0, len(content), size)]
        assert list(_lines_of(pieces, Encoding())) == list(io.StringIO(text, newline=""))
        rows = [text[start : start + size] for start in range(0, len(text), size)]
        assert [line for _, line in _lines(rows)] == [line for line in text.split("\n") if line.strip()]


def test_categories_that_look_missing_are_kept_by_every_door(contract):  # T14
    for rows in (X, X.astype(object), X.to_dict("list"), X.to_dict("records")):
        assert contract.apply(rows)[0]["region"].tolist() == X["region"].tolist()
    assert contract.apply({"size": 1, "region": "n/a", "city": "NULL", "code": "007"})[0].isna().sum(axis=1)[0] == 2


def test_names_with_blanks_of_another_reader_are_known(contract):
    padded = X.rename(columns={"size": " size", "city": "city "})
    pd.testing.assert_frame_equal(contract.apply(padded)[0], contract.apply(X)[0])


def test_a_table_without_names_takes_new_rows_without(tmp_path):
    table_path, new = tmp_path / "table.csv", tmp_path / "new.csv"
    TABLE.to_csv(table_path, index=False, header=False)
    table = read_table(table_path)
    contract = derive(table.frame, "column_5", function=table.source.function, options=dict(table.source.options))
    for rows in (X, TABLE, X.head(2)):
        rows.to_csv(new, index=False, header=False)
        found, _ = contract.apply(contract.read_file(new))
        assert found.values.tolist() == rows[X.columns].values.tolist()
    X[["size", "city"]].to_csv(new, index=False, header=False)
    with pytest.raises(
        RowsError, match=r"has 2 columns and no names; the table has 5\. Give a file with those columns, or"
    ):
        contract.read_file(new)


def test_a_test_table_has_the_categories_of_the_table(tmp_path):  # T14, T3
    TABLE.to_csv(tmp_path / "table.csv", index=False)
    few = TABLE[(TABLE["region"] != "EU") | (TABLE.index % 5 == 0)]
    few.to_csv(tmp_path / "test.csv", index=False, sep="\t", encoding="utf-16")
    holdout = make_dataset(read_table(tmp_path / "table.csv"), "y", test=tmp_path / "test.csv").holdout.open("test")
    assert holdout.X["region"].tolist() == few["region"].tolist()
    assert len(holdout) == len(few)


def test_the_script_reads_them_alike(tmp_path):  # T2
    frame = TABLE[["size", "region", "y"]].rename(columns={"size": "a", "region": "kind"})
    text = script_of(frame, "y", tmp_path / "t.csv")
    assert '"kept": ["None"]' in text
    done = []
    drawn = "\n".join(
        f"| {a:<8} | {kind:<5} |" for a, kind in [("a", "kind"), ("---", ":--"), *frame[["a", "kind"]].values]
    )
    for form in ({}, {"sep": ";", "encoding": "utf-16"}, None):
        if form is None:
            (tmp_path / "new.csv").write_text(drawn)
        else:
            frame[["a", "kind"]].to_csv(tmp_path / "new.csv", index=False, **form)
        run_script(text, tmp_path, "--predict", "new.csv")
        done.append((tmp_path / "predictions.csv").read_text())
    assert done[0] == done[1] == done[2]
    assert "None" in done[0]


def test_lines_of_old_macs_may_have_a_title_and_breaks_within_quotes(tmp_path):
    path = tmp_path / "mac.csv"
    rows = [f'{i},"one\ntwo",{i % 3}' if i % 5 == 0 else f"{i},plain,{i % 3}" for i in range(40)]
    path.write_bytes("\r".join(["Report", "", "a,b,y", *rows, ""]).encode())
    frame = read_table(path).frame
    assert list(frame.columns) == ["a", "b", "y"]
    assert frame["a"].tolist() == list(range(40))
    assert frame["b"][0] == "one\ntwo"


ORDERS = ["id;day;town;amount;cost"] + [f"A{k:03d};{k + 1:02d}.03.2025;Ulm;{k % 5 + 1}.250,5;{k % 3}{k},75" for k in range(20)]  # fmt: skip
SUB_TOTAL = "Zwischensumme;;;61.234,00;9.876,50"


@pytest.mark.parametrize("label", ["Zwischensumme", "Übertrag", "Saldo", ""])
def test_sums_below_a_table_and_a_new_file_are_left_out_whatever_they_are_called(tmp_path, label):
    path, sums = tmp_path / "t.csv", SUB_TOTAL.replace("Zwischensumme", label)
    path.write_text("\n".join([*ORDERS, "", sums]))
    table = read_table(path)
    said = f"The last line is no row of the table ({sums!r}): left out."
    assert len(table.frame) == 20
    assert said in table.notices
    contract = derive(table.frame, "cost", function=table.source.function, options=dict(table.source.options))
    path.write_text("\n".join([*ORDERS[:3], sums]))
    found, notices = contract.read_frame(contract.read_file(path))
    assert (len(found), notices) == (2, [said])


def test_sums_among_the_rows_are_named_in_a_table_and_in_a_new_file(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("\n".join([*ORDERS[:11], SUB_TOTAL, *ORDERS[11:]]))
    table = read_table(path)
    said = (
        "Row 11 looks like sums of others (id 'Zwischensumme', amount '61.234,00'; 2 of 5 values empty) and {} like any "
        "other. To leave it out, delete it from the table."
    )
    assert len(table.frame) == 21
    assert sums_notice(table.frame, np.full(21, True)) == [said.format("is used")]
    contract = derive(pd.read_csv(io.StringIO("\n".join(ORDERS)), sep=";"), "cost")
    rows = contract.read_file(path)
    assert said.format("gets a prediction") in contract.read_frame(rows)[1]
    rows.attrs = {}
    assert contract.read_frame(rows)[1] == []  # rows from memory are not looked through
