import math

import numpy as np
import pytest

from mlestar_jupyter.errors import SettingError
from mlestar_jupyter.options import kinds
from mlestar_jupyter.options.converters import (
    Names,
    Number,
    OneOf,
    Pairs,
    RefusedError,
    Switch,
    Text,
    Whole,
    converter_of,
    shown,
)
from mlestar_jupyter.options.kinds import (
    Called,
    Dollars,
    Duration,
    Folder,
    Part,
    RunName,
    ShareOrTable,
    Table,
    seconds_of,
)

pytestmark = pytest.mark.fast

ALL = [
    *(Whole(), Whole(100), Whole(0, 20), Number(), Dollars(), Switch(), Text(), Names(), Pairs(), OneOf(("a", "b"))),
    *(Part(lambda: ("local",)), Table(), ShareOrTable(), Duration(), Called("a column"), Folder(), RunName()),
    *(Number(0, 1, is_open=True), Names(1, once=True)),
    *(kinds.ModelName(), kinds.Address(), kinds.Prices()),
]


@pytest.mark.parametrize("converter", ALL, ids=lambda c: type(c).__name__)
class TestEveryConverter:
    def test_its_example_is_taken(self, converter):
        value = converter.take(converter.parse([converter.example]))
        assert converter.take(value) == value

    def test_what_it_writes_reads_back_as_the_same(self, converter):
        value = converter.take(converter.parse([converter.example]))
        assert converter.take(converter.parse(converter.texts(value))) == value

    @pytest.mark.parametrize("named", ["--flag", "keyword", "The variable 'key'"])
    def test_wrong_value_is_named_as_the_user_wrote_it(self, converter, named):
        with pytest.raises(SettingError) as caught:
            converter.read(None, named)
        assert str(caught.value) == f"{named} is None. Give {converter.wanted}."

    def test_none_is_taken_where_it_is_the_default(self, converter):
        assert converter.read(None, "x", or_none=True) is None


@pytest.mark.parametrize(
    ("converter", "value"),
    [
        (Whole(), 1.5), (Whole(), True), (Whole(), "1"), (Whole(1), 0), (Whole(0, 20), 21), (Number(), "low"),
        (Number(), math.nan), (Number(), -0.1), (Number(), True), (Dollars(), math.inf), (Switch(), 1), (Switch(), "true"),
        (Text(), True), (Text(), ["a"]), (Text(), {"a": 1}), (Names(), {"a": 1}), (Names(), [1]), (Pairs(), ["a"]),
        (Pairs(), {"a": 1}), (OneOf(("a",)), "b"), (Part(lambda: ("local",)), "dask"), (Part(lambda: ("local",)), object()),
        (Number(), math.inf), (Number(0, 1, is_open=True), 1), (Number(0, 1, is_open=True), 0), (Names(1), []),
        (Names(once=True), ["a", "a"]), (Called("a column"), ["y"]), (Called("a column"), math.nan), (Folder(), True),
        (RunName(), ".."), (RunName(), "."), (RunName(), "a/../../b"), (RunName(), " "), (Folder(), "~nosuch_user/o"), (Folder(), "~nosuch_user"),
        (ShareOrTable(), math.nan), (ShareOrTable(), "nan"), (ShareOrTable(), 0.95), (ShareOrTable(), "20%"),
        (ShareOrTable(), -1), (ShareOrTable(), ""), (Table(), "x" * 300), (Duration(), math.nan), (Duration(), -5),
        (Table(), 5), (ShareOrTable(), True), (Duration(), "soon"), (Duration(), 0), (Duration(), True),
    ],
)  # fmt: skip
def test_wrong_values_are_refused(converter, value):
    with pytest.raises(RefusedError):
        converter.take(value)


def test_part_may_be_an_object_where_its_kind_is_known():
    part = Part(lambda: ("local",), callable)
    assert part.take(len) is len
    assert part.wanted == "local, or in Python such an object"
    with pytest.raises(RefusedError):
        part.take(3)


def test_flag_that_repeats_collects_its_values():
    assert Names().parse(["a", "b, c"]) == ["a", "b, c"]
    assert Pairs().parse(["zip=category", "a=b=text"]) == {"zip": "category", "a=b": "text"}
    with pytest.raises(RefusedError):
        Pairs().take(Pairs().parse(["zip"]))


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("10m", 600), ("1h30m", 5400), (45, 45), ("45", 45)])
def test_durations_are_read(text, seconds):
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["soon", "", "-5", "0s", "5d", math.inf, math.nan])
def test_bad_durations_are_refused(text):
    with pytest.raises(RefusedError):
        seconds_of(text)


def test_type_without_a_converter_is_a_defect():
    with pytest.raises(KeyError):
        converter_of(bytes)


@pytest.mark.parametrize("converter", [Folder(), Table(), ShareOrTable()])
def test_tilde_is_the_user_s_folder(converter, monkeypatch):
    monkeypatch.setenv("HOME", "/somewhere")
    assert converter.take("~/runs") == "/somewhere/runs"
    assert converter.take("a~b") == "a~b"


def test_address_may_be_longer_than_the_name_of_a_file():
    address = f"https://example.org/train.csv?signature={'a' * 300}"
    assert Table().take(address) == address


@pytest.mark.parametrize("value", [np.float32(0.25), np.float64(0.25), "0.25", 0.25])
def test_share_is_a_plain_number(value):
    assert type(ShareOrTable().take(value)) is float


class _Long:
    def __repr__(self):
        return "line\n" * 100


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (_Long(), "of the type _Long"),
        (np.zeros(3), "of the type ndarray"),
        ({str(k): k for k in range(100)}, "{'0': 0, '1': 1, '10': 10, '11': 11, ...}"),
        ("a\nb", r"'a\nb'"),
        (-1, "-1"),
    ],
)
def test_value_is_shown_in_a_short_line(value, text):
    assert shown(value) == text


def test_a_folder_of_no_user_is_refused_with_how_to_write_it():
    with pytest.raises(SettingError) as caught:
        Folder().read("~nosuch_user/o", "--output")
    assert str(caught.value) == (
        "--output is '~nosuch_user/o'. Give the path of a folder; ~NAME is the folder of a user that there is, ./~NAME a "
        "folder of that name."
    )
    assert Folder().take("./~nosuch_user/o") == "./~nosuch_user/o"
