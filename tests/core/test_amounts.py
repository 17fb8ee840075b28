"""Amounts, times of day and durations in text: what each is read as, and what is none."""

import math
import time

import pytest

from mlestar_jupyter.core.amounts import amount_in, amount_reader, body_value, same_unit
from mlestar_jupyter.core.clocks import degrees_in, hours_of_day, seconds_in
from mlestar_jupyter.core.date_texts import numbers_of, says_zone
from mlestar_jupyter.core.quantities import read_number

pytestmark = pytest.mark.fast

PLAIN = (".", ",", (), (), ())
EURO = (",", ".", ("eur",), (), ())
DOLLAR = (".", ",", ("usd",), ("k", "m"), ("()", "-", "<"))


@pytest.mark.parametrize(
    ("text", "how", "value"),
    [
        ("1,234.50", PLAIN, 1234.5),
        ("12,34,567", PLAIN, 1234567),
        ("1,23.5", PLAIN, None),
        ("0,123", PLAIN, None),
        ("1.234,50", EURO, 1234.5),
        ("1.234 €", EURO, 1234),
        ("EUR 12,5", EURO, 12.5),
        ("1.234.567,- €", EURO, 1234567),
        ("1 234,5", (",", " ", (), (), ()), 1234.5),
        ("1\u00a0234,5", (",", " ", (), (), ()), 1234.5),
        ("1\u202f234\u2009567", (",", " ", (), (), ()), 1234567),
        ("1’234.5", (".", "'", (), (), ()), 1234.5),
        ('="1,234.5"', PLAIN, 1234.5),
        ("'159", PLAIN, 159),
        ("'-1.5", PLAIN, -1.5),
        ('=""', PLAIN, None),
        ("'x", PLAIN, None),
        ("$1,234", DOLLAR, 1234),
        ("US$ 12", DOLLAR, 12),
        ("12 USD", DOLLAR, 12),
        ("-$12.50", DOLLAR, -12.5),
        ("$(12)", DOLLAR, -12),
        ("(1,234.5)", DOLLAR, -1234.5),
        ("12.50-", DOLLAR, -12.5),
        ("−12.5", DOLLAR, -12.5),
        ("–12.5", DOLLAR, -12.5),
        ("－１２．５", DOLLAR, -12.5),
        ("<0.5", DOLLAR, 0.5),
        ("≥ 100", DOLLAR, 100),
        ("10+", DOLLAR, 10),
        ("~5", DOLLAR, 5),
        ("ca. 5", DOLLAR, 5),
        ("$1.2K", DOLLAR, 1200),
        ("$3M", DOLLAR, 3e6),
        ("1.5e3", DOLLAR, 1500),
        ("Rs.500", (".", ",", ("inr",), (), ()), 500),
        ("₹ 1,50,000", (".", ",", ("inr",), (), ()), 150000),
        ("R$ 1.234,5", (",", ".", ("brl",), (), ()), 1234.5),
        ("1 234 kr", (",", " ", ("kr",), (), ()), 1234),
        ("45.3%", (".", ",", ("%",), (), ()), 45.3),
        ("3 years", (".", ",", ("year",), (), ()), 3),
        ("12 Kg.", (".", ",", ("kg",), (), ()), 12),
        ("12 g", (".", ",", ("kg",), (), ()), None),
        ("2bn", (".", ",", (), ("bn",), ()), 2e9),
        ("2,5 Mio. €", (",", ".", ("eur",), ("mio",), ()), 2.5e6),
        ("2.5万円", (".", ",", ("jpy",), ("万",), ()), 25000),
        ("￥2,885", (".", ",", ("jpy",), (), ()), 2885),
        ("12 TEUR", (",", ".", ("eur",), ("tsd",), ()), 12000),
        ("<0.5", PLAIN, None),
        ("(12)", PLAIN, None),
        ("10-20", DOLLAR, None),
        ("1.2.3", DOLLAR, None),
        ("INV-12", DOLLAR, None),
        ("A12", DOLLAR, None),
        ("--5", DOLLAR, None),
        ("(12", DOLLAR, None),
        ("12²", DOLLAR, None),
        ("5'11\"", PLAIN, None),
        ("", DOLLAR, None),
        ("call us", DOLLAR, None),
    ],
)
def test_a_text_is_the_amount_that_a_reader_sees(text, how, value):
    found = amount_reader(*how)(text)
    assert math.isnan(found) if value is None else found == pytest.approx(value, rel=1e-12)


def test_the_parts_of_an_amount():
    found = amount_in("-€1.234,5/m2")
    assert (found.before, found.body, found.behind, found.is_negative) == ("€", "1.234,5", "/m2", True)


def test_digits_are_read_with_the_marks_that_were_found():
    assert [body_value(body, ",", ".") for body in ("1.234", "1,234", "1234")] == [1234, 1.234, 1234]
    assert math.isnan(body_value("1,234", ".", ""))


@pytest.mark.parametrize(("one", "other", "same"), [("year", "years", True), ("Jahr", "Jahre", True), ("m", "ms", False),
                                                   ("mi", "min", False), ("km", "kmh", False), ("lb", "lbs", True)])  # fmt: skip
def test_a_unit_is_the_same_in_its_plural(one, other, same):
    assert same_unit(one, other) is same


@pytest.mark.parametrize(
    ("text", "hours"),
    [("08:30", 8.5), ("8:30 PM", 20.5), ("12:15 a.m.", 0.25), ("9 am", 9), ("23:59:10", 23 + 59 / 60 + 10 / 3600), ("8h30", 8.5),
     ("14:15 Uhr", 14.25), ("24:00", 24), ("24:01", None), ("08:60", None), ("13:00 PM", None), ("3:1", None), ("8", None)],
)  # fmt: skip
def test_times_of_day_are_hours(text, hours):
    found = hours_of_day(text)
    assert math.isnan(found) if hours is None else found == pytest.approx(hours)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1:23:45", 5025), ("26:10:00", 94200), ("2h 30m", 9000), ("1 days 02:00:00", 93600), ("1 day, 2:00:00", 93600),
     ("PT1H30M", 5400), ("P1DT2H", 93600), ("90 min", 5400), ("1.5 hours", 5400), ("2 weeks", 1209600), ("-0:30", -1800),
     ("30m 2h", None), ("2h 3h", None), ("P", None), ("PT", None), ("1:75", None), ("soon", None), ("", None), ("5", None)],
)  # fmt: skip
def test_durations_are_seconds(text, seconds):
    found = seconds_in(text)
    assert math.isnan(found) if seconds is None else found == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "hours"),
    [("8.30 Uhr", 8.5), ("14.05Uhr", 14 + 1 / 12), ("8 Uhr", 8.0), ("8.75 Uhr", None), ("8.30", None)],
)
def test_german_times_of_day_are_hours(text, hours):
    found = hours_of_day(text)
    assert math.isnan(found) if hours is None else found == pytest.approx(hours)


@pytest.mark.parametrize(
    ("text", "is_negative"),
    [("(123) reviews", False), ("(1,000)", True), ("(1,000) USD", True), ("(5) euros", True), ("(2.5) million", True)],
)
def test_a_number_in_brackets_before_what_it_counts_is_not_negative(text, is_negative):
    assert amount_in(text).is_negative is is_negative


@pytest.mark.parametrize(
    "text", ["1" + " " * 20_000 + "x", "5.5° " + " " * 20_000 + "1", "1" * 20_000 + "x", ":" * 20_000]
)
def test_long_texts_take_no_long_time(text):
    before = time.perf_counter()
    for read in (degrees_in, hours_of_day, seconds_in, lambda text: read_number(text, "."), numbers_of, says_zone):
        read(text)
    assert time.perf_counter() - before < 0.1  # by the square of their length it would be seconds
