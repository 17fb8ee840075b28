"""How the numbers of a column are written: found by what nearly all of its texts agree on."""

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.errors import DataError
from mlestar_jupyter.modalities.amounts import SeveralUnits, Written, find
from mlestar_jupyter.modalities.derivation import derived
from mlestar_jupyter.problems.recognition import make_dataset

pytestmark = pytest.mark.fast


def noticed(frame, target, **how):
    found = derived(frame, target, **how)
    return found.contract, list(found.notices)


VALUES = np.random.default_rng(0).uniform(500, 9000, 200)


def european(value, digits=2):
    return f"{value:,.{digits}f}".translate(str.maketrans(",.", ".,"))


def indian(value):
    head, tail = f"{value:.0f}"[:-3], f"{value:.0f}"[-3:]
    groups = []
    while len(head) > 2:
        head, last = head[:-2], head[-2:]
        groups.insert(0, last)
    return ",".join([*([head] if head else []), *groups, tail])


WRITTEN = {
    "thousands": (lambda x: f"{x:,.2f}", 1),
    "dollars": (lambda x: f"${x:,.0f}", 1),
    "percent": (lambda x: f"{x / 100:.1f}%", 0.01),
    "per mille": (lambda x: f"{x / 100:.1f} ‰", 0.01),
    "cubic": (lambda x: f"{x:.0f} CC", 1),
    "per litre": (lambda x: f"{x / 400:.2f} kmpl", 1 / 400),
    "european": (european, 1),
    "short european": (lambda x: european(x / 100, 1), 0.01),
    "blanks": (lambda x: f"{x:,.1f}".replace(",", " ").replace(".", ","), 1),
    "no-break blanks": (lambda x: f"{x:,.1f}".replace(",", "\u00a0").replace(".", ","), 1),
    "apostrophes": (lambda x: f"{x:,.2f}".replace(",", "'"), 1),
    "Swiss": (lambda x: f"CHF {x:,.2f}".replace(",", "’"), 1),
    "lakhs": (lambda x: "₹" + indian(x * 1000), 1000),
    "rupees": (lambda x: f"Rs.{x:,.2f}", 1),
    "reais": (lambda x: "R$ " + european(x), 1),
    "kroner": (lambda x: european(x) + " kr", 1),
    "code": (lambda x: f"USD {x:,.1f}", 1),
    "euros": (lambda x: f"{x:.2f} €".replace(".", ","), 1),
    "K": (lambda x: f"{x / 1000:.2f}K", 1),
    "K and M": (lambda x: f"€{x / 1e3:.3f}M" if x > 4000 else f"€{x:.1f}K", 1000),
    "bn": (lambda x: f"{x / 1000:.2f}bn", 1e6),
    "no cents": (lambda x: f"{x:.0f},-", 1),
    "about": (lambda x: f"~{x:.0f}", 1),
    "full width": (lambda x: "".join(chr(ord(c) + 0xFEE0) for c in f"{x:.0f}"), 1),
    "exponents": (lambda x: f"{x:.4e}", 1),
    "clock": (lambda x: f"{int(x / 500):02d}:{int(x / 500 * 60) % 60:02d}", 1 / 500),
    "clock of twelve": (lambda x: pd.Timestamp(x * 8, unit="s").strftime("%I:%M %p"), 8 / 3600),
    "long clock": (lambda x: f"{int(x / 100)}:{int(x / 100 * 60) % 60:02d}:30", 36),
    "spans": (lambda x: f"{int(x / 60)}h {int(x) % 60}m", 60),
    "timedelta": (lambda x: str(pd.Timedelta(minutes=int(x) * 10)), 600),
    "ISO": (lambda x: f"PT{int(x / 60)}H{int(x) % 60}M", 60),
    "ages": (lambda x: f"{int(x / 600)} years" if x > 1200 else f"{max(1, int(x / 50))} months", 31_556_952 / 600),
}  # fmt: skip
"""By name: how a number is written, and by what its value is multiplied."""


@pytest.mark.parametrize("name", list(WRITTEN))
def test_a_column_is_read_as_the_numbers_that_were_written(name):  # T12
    write, factor = WRITTEN[name]
    frame = pd.DataFrame({"x": [write(x) for x in VALUES]})
    contract, notices = noticed(frame, "")
    found = (
        contract.read_known(frame.assign(y=1.0), [], "")[0]["x"] if contract.target else contract.apply(frame)[0]["x"]
    )
    assert found.notna().all()
    tolerance = {"clock": 0.02, "ages": 1e8, "long clock": 61, "K and M": 1000, "bn": 1e4, "K": 10, "lakhs": 1}
    np.testing.assert_allclose(found, VALUES * factor, rtol=1e-2, atol=tolerance.get(name, 0.6))
    assert len(notices) == (0 if name in ("full width", "exponents") else 1)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("zip codes", lambda x: f"{int(x) % 9000:05d}"),
        ("telephone", lambda x: f"555-{int(x):04d}"),
        ("abroad", lambda x: f"+49 170 {int(x) % 900 + 100} {int(x * 7) % 900 + 100}"),
        ("versions", lambda x: f"{int(x) % 5}.{int(x) % 7}.{int(x) % 9}"),
        ("machines", lambda x: f"192.168.{int(x) % 250}.{int(x * 3) % 250}"),
        ("ranges", lambda x: f"{int(x)}-{int(x) + 10}"),
        ("invoices", lambda x: f"INV-{int(x)}"),
        ("letters", lambda x: f"A{int(x)}"),
        ("long", lambda x: str(12345678901234567890 + int(x))),
        ("Dutch", lambda x: f"{int(x) + 1000} {'ABCDEF'[int(x) % 6]}{'XYZ'[int(x) % 3]}"),
        ("feet", lambda x: f"5'{int(x) % 12}\""),
        ("insurance", lambda x: f"{int(x) % 900 + 100}-{int(x) % 90 + 10}-{int(x):04d}"),
        ("points", lambda x: f"{50 + x / 9000:.4f},{10 + x / 8000:.4f}"),
        ("days", lambda x: f"{int(x) % 28 + 1:02d}.{int(x) % 12 + 1:02d}.2023"),
        ("words", lambda x: f"word {int(x)}"),
    ],
)
def test_digits_that_are_names_stay_text(name, write):
    assert find(pd.Series([write(x) for x in VALUES])) is None


def test_several_units_are_not_one_reading():
    texts = [f"{x / 1000:.1f} kg" if i % 2 else f"{x:.0f} g" for i, x in enumerate(VALUES)]
    assert isinstance(find(pd.Series(texts)), SeveralUnits)
    _, notices = noticed(pd.DataFrame({"weight": texts}), "")
    assert notices == [
        f"weight has several units ({texts[0]!r}, {texts[1]!r}) and is not read as numbers. Give it in one for that."
    ]
    assert isinstance(find(pd.Series([f"{'$€'[i % 2]}{x:.0f}" for i, x in enumerate(VALUES)])), SeveralUnits)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda x: f"{x:,.2f} CR", lambda x: f"{x:,.2f} DR"),
        (lambda x: f"{x:,.2f} Cr.", lambda x: f"{x:,.2f} Dr."),
        (lambda x: f"{european(x)} H", lambda x: f"{european(x)} S"),
        (lambda x: f"{x / 100:.0f}M", lambda x: f"{x / 100:.0f}F"),
        (lambda x: f"{x / 100:.0f} M", lambda x: f"{x / 100:.0f} W"),
        (lambda x: f"{x / 100:.0f}M", lambda x: f"{x / 100:.0f}Y"),
        (lambda x: f"{x / 100:.0f}B", lambda x: f"{x / 100:.0f}M"),
        (lambda x: f"{x / 100:.0f}m", lambda x: f"{x / 100:.0f}k"),
    ],
)
def test_letters_that_are_no_scale_or_time_leave_a_column_text(one, other):
    texts = [(other if k % 2 else one)(x) for k, x in enumerate(VALUES)]
    found = find(pd.Series(texts))
    assert isinstance(found, SeveralUnits)
    assert {text[-2:].strip(".") for text in found.examples} == {text[-2:].strip(".") for text in texts[:2]}
    assert noticed(pd.DataFrame({"v": texts, "y": VALUES}), "y")[0].columns[0].kind == "text"


@pytest.mark.parametrize("letters", ["1M 3M 6M 1Y 10Y", "1D 2H 3D 2D", "1d 2w 3m 1y"])
def test_few_whole_numbers_with_letters_are_codes(letters):
    assert find(pd.Series(letters.split() * 40)) is None


def test_a_letter_behind_all_numbers_or_behind_those_as_large_as_the_others_is_a_unit():
    for texts in ([f"{x:,.2f} CR" for x in VALUES], [f"{x:,.2f}{' Cr' if k % 2 else ''}" for k, x in enumerate(VALUES)],
                  [f"{x / 100:.0f}{'M' if k % 2 else ''}" for k, x in enumerate(VALUES)]):  # fmt: skip
        found = find(pd.Series(texts))
        assert (found.kind, found.scales) == ("number", ())
    few = find(pd.Series([f"{x:,.2f}{'' if k % 10 else ' Cr'}" for k, x in enumerate(VALUES)]))
    assert isinstance(few, SeveralUnits)


@pytest.mark.parametrize(
    ("texts", "scales"),
    [
        (["1.2K", "900", "3.4M", "15", "12K"], ("k", "m")),
        (["19M", "8.7M", "201k", "2M"], ("k", "m")),
        (["€110.5M", "€525K", "€0", "€2M", "€60K"], ("k", "m")),
        (["₹1.20 Cr", "₹80 Lac", "₹2.35 Cr", "₹95 Lac"], ("cr", "lac")),
        (["1.2K views", "300 views", "45.1K views", "7 views"], ("k",)),
        (["12.5M", "0", "3.1M", "0"], ("m",)),
    ],
)
def test_letters_that_make_numbers_short_are_scales(texts, scales):
    assert find(pd.Series(texts * 40)).scales == scales


def test_letters_of_times_are_times_where_minutes_can_be_meant():
    for texts, seconds in (
        (["3h", "2d", "5m"], 10800),
        (["2H 30M", "45M", "1H"], 9000),
        (["2 years", "3 weeks"], 63113904),
    ):
        assert find(pd.Series(texts * 40)).kind == "duration"
        assert find(pd.Series(texts * 40)).value == seconds


@pytest.mark.parametrize("mark", ["unknown", "n/a", "not available", "TBD", "-", "#REF!", ".", "null %", "unbekannt"])
@pytest.mark.parametrize("share", [2, 5])
def test_marks_of_missing_values_may_have_any_share_below_one_half(mark, share):  # T12
    frame = pd.DataFrame({"x": [mark if i % 5 < share else f"{x:.1f}%" for i, x in enumerate(VALUES)]})
    contract, notices = noticed(frame, "")
    if share == 5:
        assert contract.column("x").kind == "text"
        return
    assert contract.apply(frame)[0]["x"].isna().sum() == 80
    assert (
        f"x: {mark!r} counts as missing in 80 rows. To keep such texts, add --role x=category, which makes a category of every value."
        in notices
    )


def test_few_strangers_are_missing_and_counted():
    frame = pd.DataFrame({"price": ["call us" if i % 50 == 0 else f"${x:,.2f}" for i, x in enumerate(VALUES)]})
    contract, notices = noticed(frame, "")
    assert notices[1:] == [
        "price: 'call us' cannot be read as a number: missing in 4 rows. To keep such texts, add --role price=category, which makes a category of every value."
    ]
    assert contract.apply(frame)[0]["price"].isna().sum() == 4


def test_one_word_beside_amounts_is_missing_and_several_are_text():
    one = ["Varies with device" if i % 4 == 0 else f"{x:.1f}" for i, x in enumerate(VALUES)]
    two = [["small", "large"][i % 8 // 4] if i % 4 == 0 else f"{x:.1f}" for i, x in enumerate(VALUES)]
    assert isinstance(find(pd.Series(one)), Written)
    assert find(pd.Series(two)) is None


def test_a_letter_among_codes_is_a_code():  # T14
    codes = [str(i % 3 + 1) for i in range(200)]
    assert find(pd.Series([*codes, *["A"] * 10])) is None
    assert isinstance(find(pd.Series([*codes, *codes, "x"])), Written)


def test_numbers_among_texts_of_a_frame_are_amounts_too():
    values = pd.Series(["unknown" if i % 5 == 0 else float(x) for i, x in enumerate(VALUES)], dtype=object)
    contract, notices = noticed(pd.DataFrame({"x": values}), "")
    assert contract.column("x").kind == "number"
    assert contract.apply(pd.DataFrame({"x": values}))[0]["x"].notna().sum() == 160
    assert notices == [
        "x: 'unknown' counts as missing in 40 rows. To keep such texts, add --role x=category, which makes a category of every value."
    ]


@pytest.mark.parametrize(
    ("texts", "value"),
    [
        (["1.234", "2.500", "12.5"], 1.234),  # not three digits behind it
        (["1.234", "0.250"], 1.234),  # a zero before it
        (["1.234", "2500"], 1.234),  # thousands without a mark beside it
        (["1.234", "1.234.567"], 1234),  # twice
        (["1.234", "1.234,5"], 1234),  # both marks
        (["1,234", "12"], 1234),
        (["1,234", "2,500.5"], 1234),
        (["1.234", "2.500"], 1.234),
        (["1.234", "999"], 1234),
    ],
)
def test_a_mark_before_three_digits_is_decided_by_the_column(texts, value):
    frame = pd.DataFrame({"x": texts * 20})
    assert derived(frame, "").contract.apply(frame)[0]["x"].iloc[0] == value


def test_a_mark_that_the_column_does_not_decide_is_decided_by_the_others_and_can_be_set():
    frame = pd.DataFrame({"x": ["1.234", "2.500"] * 20, "price": ["12,5 €", "3,25 €"] * 20})
    contract, notices = noticed(frame, "")
    assert contract.apply(frame)[0]["x"].iloc[0] == 1234
    assert "x: read as numbers: '1.234' is 1234. If the mark is a decimal point, add --decimal point." in notices
    contract, notices = noticed(frame, "", decimal=".")
    assert "x: read as numbers: '1.234' is 1.234." in notices
    assert contract.apply(frame)[0]["x"].iloc[0] == 1.234
    assert contract.apply(frame)[0]["price"].iloc[0] == 12.5


def test_new_rows_are_read_in_the_same_form_and_refused_in_another():
    frame = pd.DataFrame({"price": [f"{european(x)} €" for x in VALUES]})
    contract = derived(frame, "").contract
    rows = [{"price": value} for value in ("1.234,5 €", "12", 12.5, None, "EUR 3", "-1,5")]
    assert contract.apply(rows)[0]["price"].tolist()[:3] == [1234.5, 12.0, 12.5]
    assert contract.apply(rows)[0]["price"].tolist()[4:] == [3.0, -1.5]
    example = contract.column("price").example
    with pytest.raises(DataError) as error:
        contract.apply([{"price": "12.5 $"}])
    line = f"Column 'price', row 1: '12.5 $' is not a number such as {example!r}. Correct it, or leave it empty."
    assert str(error.value) == line


def test_numbers_with_both_decimal_marks_stay_text_and_are_named():
    texts = [f"{k}.{45 + k % 50}" if k % 2 else f"{k},{45 + k % 50}" for k in range(300)]
    assert derived(pd.DataFrame({"v": texts}), "").notices == (
        "v has several decimal marks ('1.46', '0,45') and is not read as numbers. Give it in one for that.",
    )


def test_a_mark_that_the_file_decides_is_said_once(tmp_path):
    rows = "".join(f"{k % 9 + 1}.{k % 7}50;{k},25;{k % 2}\n" for k in range(40))
    (tmp_path / "t.csv").write_text("n;price;y\n" + rows)
    notices = make_dataset(read_table(tmp_path / "t.csv"), "y", test=0).task.notices
    assert "n: read as numbers: '1.050' is 1050." in notices
    assert sum("--decimal point" in notice for notice in notices) == 1


def test_many_columns_of_numbers_in_text_are_not_named_one_by_one():
    frame = pd.DataFrame({f"c{k}": [f"{i + k + 1} kg" for i in range(40)] for k in range(60)}).assign(y=[0, 1] * 20)
    notices = make_dataset(read_table(frame), "y", test=0).task.notices
    assert max(map(len, notices)) < 300
