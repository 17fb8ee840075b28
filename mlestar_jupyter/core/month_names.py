"""Names of months, weekdays and time zones, in the languages in which tables are commonly written.

English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Swedish, Danish, Norwegian, Turkish and Russian,
in full and short, as `folded` writes them: without capitals and accents. No name stands for two months.

Runs alone, as `rows` does: the standard library.
"""

import unicodedata

_MONTHS = (
    "january januari januar janvier enero gennaio janeiro stycznia styczen ocak январь января "
    "janner jaenner jan janv ene gen sty oca янв",
    "february februari februar fevrier febrero febbraio fevereiro lutego luty subat февраль февраля "
    "feb febr fev fevr lut sub фев февр",
    "march maart marz maerz mars marzo marco marca marzec mart marts март марта мар mar mrt mrz",
    "april avril abril aprile kwietnia kwiecien nisan апрель апреля apr avr abr kwi nis апр",
    "may mai mayo maggio maio maj maja mei mayis маи мая mag",
    "june juni juin junio giugno junho czerwca czerwiec haziran июнь июня jun giu cze haz июн",
    "july juli juillet julio luglio julho lipca lipiec temmuz июль июля jul juil lug lip tem июл",
    "august augustus augusti aout agosto sierpnia sierpien agustos август августа aug ago sie agu авг",
    "september septembre septiembre setiembre settembre setembro wrzesnia wrzesien eylul сентябрь сентября "
    "sep sept set sett wrz eyl сен сент",
    "october oktober octobre octubre ottobre outubro pazdziernika pazdziernik ekim октябрь октября "
    "oct okt ott out paz eki окт",
    "november novembre noviembre novembro listopada listopad kasim ноябрь ноября nov lis kas ноя нояб",
    "december dezember decembre diciembre dicembre dezembro grudnia grudzien aralik desember декабрь декабря "
    "dec dez dic des gru ara дек",
)
MONTHS = {word: number for number, words in enumerate(_MONTHS, start=1) for word in words.split()}
"""The number of a month by its name."""
_WEEKDAYS = (
    "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed weds thu thur thurs fri sat sun",
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so",
    "lundi mardi mercredi jeudi vendredi samedi dimanche lun mar mer jeu ven sam dim",
    "lunes martes miercoles jueves viernes sabado domingo mie jue vie sab",
    "lunedi martedi mercoledi giovedi venerdi domenica gio",
    "segunda terca quarta quinta sexta feira seg ter qua qui sex",
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag ma wo vr za zo",
    "poniedzialek wtorek sroda czwartek piatek sobota niedziela pon wt sr czw pt sob nd niedz",
    "mandag tisdag tirsdag onsdag torsdag fredag lordag sondag man tis tir ons tor fre lor son",
    "pazartesi sali carsamba persembe cuma cumartesi pazar pzt sal car per cum cmt paz",
    "понедельник вторник среда четверг пятница суббота воскресенье пн вт ср чт пт сб вс",
)
WEEKDAYS = frozenset(" ".join(_WEEKDAYS).split())
ZONES = {
    "z": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "mez": 1, "cest": 2, "mesz": 2, "eet": 2,
    "eest": 3, "msk": 3, "jst": 9, "aest": 10, "aedt": 11, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7,
    "mdt": -6, "pst": -8, "pdt": -7,
}  # fmt: skip
"""Hours before UTC, by the short names that have one meaning in files (RFC 2822 and Europe's)."""
_LETTERS = str.maketrans(
    {"ı": "i", "ł": "l", "ø": "o", "æ": "ae", "’": "'", "–": "-", "−": "-", "年": "-", "月": "-", "日": " ",
     "년": "-", "월": "-", "일": " "}
)  # fmt: skip


def folded(text: str) -> str:
    """Write a text without capitals and accents.

    >>> folded("3. MÄRZ 2024")
    '3. marz 2024'
    """
    text = text.strip().casefold()
    if text.isascii():
        return text
    parts = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(letter for letter in parts if not unicodedata.combining(letter)).strip()
