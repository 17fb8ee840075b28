"""One text as a date: every form that files have, in the languages of files."""

import datetime

import pytest

from mlestar_jupyter.core.date_texts import date_of, numbers_of, says_zone

DAY = datetime.datetime(2024, 3, 5)
AFTERNOON = datetime.datetime(2024, 3, 5, 14, 30)


@pytest.mark.parametrize(
    "text",
    ["05/03/2024", "5.3.2024", "05-03-24", "5/3-2024", "05 03 2024", "2024-03-05", "2024/3/5", "20240305", "2024. 3. 5.",
     "2024年3月5日", "5 March 2024", "5th of March, 2024", "March 5, 2024", "Mar 5th 2024", "5-MAR-24", "05MAR2024",
     "2024-Mar-05", "Tue, 5 Mar 2024", "Di, 5. März 2024", "5. Mär. 2024", "mar. 5 mars 2024", "le 5 mars 2024",
     "martes, 5 de marzo de 2024", "martedì 5 marzo 2024", "terça-feira, 5 de março de 2024", "5 maart 2024", "5 mrt 2024",
     "wt., 5 marca 2024 r.", "5 mars 2024", "den 5 marts 2024", "5 Mart 2024 Sal", "5 марта 2024 г.", "05.03.2024 г.",
     "２０２４-03-05"],
)  # fmt: skip
def test_a_day_is_read_however_it_is_written(text):  # T10
    assert date_of(text, "day") == DAY


@pytest.mark.parametrize(
    "text",
    ["05/03/2024 14:30", "05/03/2024 2:30 PM", "5.3.24 02:30:00 p.m.", "05.03.2024 14.30 Uhr", "2024-03-05T14:30:00.000",
     "5 mars 2024 à 14h30", "5. marts 2024 kl. 14.30", "14:30, 5 March 2024", "20240305T1430", "20240305143000",
     "2024:03:05 14:30:00", "2024-03-05 14:30:00,000", "5. März 2024 um 14:30 Uhr"],
)  # fmt: skip
def test_a_time_is_read_with_the_day(text):
    assert date_of(text, "day") == AFTERNOON
    assert not says_zone(text)


@pytest.mark.parametrize(
    "text",
    ["2024-03-05T14:30Z", "2024-03-05 15:30:00+01:00", "2024-03-05 15:30:00+01:00[Europe/Berlin]", "2024-03-05 09:30 EST",
     "2024-03-05 15:30 Europe/Berlin", "Tue Mar 05 2024 15:30:00 GMT+0100 (Central European Standard Time)",
     "Tue Mar 05 14:30:00 +0000 2024", "Tue Mar  5 15:30:00 CET 2024", "Tue, 05 Mar 2024 14:30:00 GMT",
     "05/Mar/2024:14:30:00 +0000", "20240305T143000Z", "2024-03-05 20:00 +0530"],
)  # fmt: skip
def test_a_time_with_a_zone_is_read_in_utc(text):
    assert date_of(text, "") == AFTERNOON
    assert says_zone(text)


@pytest.mark.parametrize(
    ("text", "first"),
    [("Jan-24", (2024, 1, 1)), ("Jan '24", (2024, 1, 1)), ("January 2024", (2024, 1, 1)), ("styczeń 2024", (2024, 1, 1)),
     ("2024-02", (2024, 2, 1)), ("02/2024", (2024, 2, 1)), ("2024M02", (2024, 2, 1)), ("Q3 2024", (2024, 7, 1)),
     ("2024Q1", (2024, 1, 1)), ("2024-T2", (2024, 4, 1)), ("3Q2024", (2024, 7, 1)), ("4. Quartal 2024", (2024, 10, 1)),
     ("Q3'24", (2024, 7, 1)), ("H2 2024", (2024, 7, 1)), ("2024-W07", (2024, 2, 12)), ("KW 7 2024", (2024, 2, 12)),
     ("2024-W07-3", (2024, 2, 14))],
)  # fmt: skip
def test_a_span_of_days_is_its_first(text, first):
    assert date_of(text, "") == datetime.datetime(*first)


@pytest.mark.parametrize(
    "text",
    ["", "0000-00-00", "2024-02-30", "31/02/2024", "13/13/2024", "2024-45", "24-Jan", "Jan 24", "12 34 56", "1.2.3",
     "192.168.1.1", "room 12", "3 of 5", "12:30", "2019", "42", "may be 3", "5 March", "13 PM 5/3/2024", "unknown",
     "2024-03-05 25:00", "5 March 2024 something", "+49 30 1234567", "2024-W54", "x" * 90 + " 5 March 2024",
     "2024-03-05 10:00 America/Argentina"],
)  # fmt: skip
def test_what_is_no_date_is_not_made_one(text):
    assert date_of(text, "day") is None


@pytest.mark.parametrize(("order", "day"), [("day", (2024, 3, 5)), ("month", (2024, 5, 3)), ("year", (2005, 3, 24))])
def test_the_order_is_that_of_the_column(order, day):
    assert date_of("05/03/24", order) == datetime.datetime(*day)
    assert date_of("05/03/24", "") is None
    assert numbers_of("Tue 05/03/24 14:30") == ("05", "03", "24")


@pytest.mark.parametrize(("pivot", "year"), [(69, 2045), (28, 1945)])
def test_years_of_two_digits_have_the_century_of_the_column(pivot, year):
    assert date_of("5.3.45", "day", pivot).year == date_of("5-Mar-45", "day", pivot).year == year


LANGUAGES = {
    "English": "January February March April May June July August September October November December "
    "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "German": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember "
    "Jan. Febr. Mär. Apr. Mai Jun. Jul. Aug. Sept. Okt. Nov. Dez.",
    "French": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre "
    "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    "Spanish": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre "
    "ene feb mar abr may jun jul ago sept oct nov dic",
    "Italian": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre "
    "gen feb mar apr mag giu lug ago set ott nov dic",
    "Portuguese": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro "
    "jan. fev. mar. abr. mai. jun. jul. ago. set. out. nov. dez.",
    "Dutch": "januari februari maart april mei juni juli augustus september oktober november december "
    "jan feb mrt apr mei jun jul aug sep okt nov dec",
    "Polish": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia "
    "sty lut mar kwi maj cze lip sie wrz paź lis gru",
    "Swedish": "januari februari mars april maj juni juli augusti september oktober november december "
    "jan. feb. mars apr. maj juni juli aug. sep. okt. nov. dec.",
    "Danish": "januar februar marts april maj juni juli august september oktober november december "
    "jan. feb. mar. apr. maj jun. jul. aug. sep. okt. nov. dec.",
    "Norwegian": "januar februar mars april mai juni juli august september oktober november desember "
    "jan feb mar apr mai jun jul aug sep okt nov des",
    "Turkish": "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık "
    "Oca Şub Mar Nis May Haz Tem Ağu Eyl Eki Kas Ara",
    "Russian": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря "
    "янв. февр. мар. апр. мая июн. июл. авг. сент. окт. нояб. дек.",
}


@pytest.mark.parametrize("names", LANGUAGES.values(), ids=LANGUAGES)
@pytest.mark.parametrize("write", [str, str.upper, str.casefold])
def test_months_are_read_by_name_in_full_and_short_in_any_case(names, write):
    found = [date_of(f"7 {write(name)} 2023", "") for name in names.split()]
    assert found == [datetime.datetime(2023, month, 7) for month in range(1, 13)] * 2
