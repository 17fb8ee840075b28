"""How people in several countries write numbers, dates, money and words."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Locale:
    """What a spreadsheet of one country writes.

    Parameters
    ----------
    name : str
    decimal, thousands : str
        Marks of numbers.
    date, short, long : str
        Dates with numbers, with a year of two digits, and with the month's name (``{d}``, ``{m}``, ``{y}``).
    months : str
        Names of the months as `long` has them.
    clock : str
        Times of day, as strftime takes it.
    money : str
        Where the amount goes beside the currency.
    plain_money : str
        The same in signs that the old encodings have.
    yes, no : str
    encodings : tuple of str
        Those from before Unicode.
    places, words : str
        Categories, and words of free text.
    indian, minus : bool, str
        Whether digits are grouped in pairs, and the minus sign.
    """

    name: str
    decimal: str
    thousands: str
    date: str
    short: str
    long: str
    months: str
    money: str
    plain_money: str
    yes: str
    no: str
    encodings: tuple[str, str]
    places: str
    words: str
    clock: str = "%H:%M:%S"
    indian: bool = False
    minus: str = "-"


_GERMAN = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"
_ENGLISH = "January February March April May June July August September October November December"
_NBSP, _NARROW = "\u00a0", "\u202f"

_ALL = (
    Locale(
        "en-US", ".", ",", "%m/%d/%Y", "%m/%d/%y", "{m} {d}, {y}", _ENGLISH, "${}", "${}", "Yes", "No",
        ("cp1252", "latin-1"), "Boston Austin Denver Chicago", "the order came late but works well and café piñata is fine",
        clock="%I:%M:%S %p",
    ),
    Locale(
        "en-GB", ".", ",", "%d/%m/%Y", "%d/%m/%y", "{d} {m} {y}", _ENGLISH, "£{}", "£{}", "Yes", "No",
        ("cp1252", "latin-1"), "Leeds York Bath Derby", "delivered on time with naïve packaging yet the colour was not as shown",
    ),
    Locale(
        "hi-IN", ".", ",", "%d-%m-%Y", "%d-%m-%y", "{d}-{m}-{y}", "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
        "₹{}", "Rs. {}", "Yes", "No", ("utf-8", "utf-8"), "मुंबई दिल्ली पुणे जयपुर",
        "सामान समय पर मिला और बहुत अच्छा था लेकिन रंग अलग", indian=True,
    ),
    Locale(
        "de-DE", ",", ".", "%d.%m.%Y", "%d.%m.%y", "{d}. {m} {y}",
        _GERMAN, "{} €", "{} EUR",
        "Ja", "Nein", ("cp1252", "latin-1"), "Köln Nürnberg Lübeck Bremen",
        "die Lieferung war schnell aber das Gehäuse hätte größer sein können",
    ),
    Locale(
        "de-CH", ".", "'", "%d.%m.%Y", "%d.%m.%y", "{d}. {m} {y}",
        _GERMAN, "CHF {}", "CHF {}",
        "Ja", "Nein", ("cp1252", "mac-roman"), "Zürich Genève Bern Neuchâtel",
        "die Ware ist gut verpackt und günstig jedoch für uns zu spät",
    ),
    Locale(
        "fr-FR", ",", _NARROW, "%d/%m/%Y", "%d/%m/%y", "{d} {m} {y}",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre", "{} €", "{} EUR",
        "Oui", "Non", ("cp1252", "latin-1"), "Orléans Nîmes Paris Besançon",
        "la livraison était rapide mais le colis a été abîmé où ça compte",
    ),
    Locale(
        "es-ES", ",", ".", "%d/%m/%Y", "%d/%m/%y", "{d} de {m} de {y}",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre", "{} €", "{} EUR",
        "Sí", "No", ("cp1252", "latin-1"), "León Cádiz Ávila Sevilla",
        "el pedido llegó mañana por la tarde según el niño y está bien",
    ),
    Locale(
        "pt-BR", ",", ".", "%d/%m/%Y", "%d/%m/%y", "{d} de {m} de {y}",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro", "R$ {}", "R$ {}",
        "Sim", "Não", ("cp1252", "latin-1"), "Brasília Goiânia Maceió Recife",
        "a entrega não foi rápida porém o preço é ótimo e recomendo",
    ),
    Locale(
        "pl-PL", ",", _NBSP, "%d.%m.%Y", "%d.%m.%y", "{d} {m} {y}",
        "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia", "{} zł",
        "{} zł", "Tak", "Nie", ("cp1250", "iso8859-2"), "Łódź Kraków Gdańsk Poznań",
        "przesyłka dotarła późno ale część jest dobra więc chętnie wrócę",
    ),
    Locale(
        "sv-SE", ",", _NBSP, "%Y-%m-%d", "%y-%m-%d", "{d} {m} {y}",
        "januari februari mars april maj juni juli augusti september oktober november december", "{} kr", "{} kr",
        "Ja", "Nej", ("cp1252", "latin-1"), "Malmö Göteborg Växjö Luleå",
        "leveransen kom för sent men den är bra och på rätt ställe", minus="\u2212",
    ),
    Locale(
        "ru-RU", ",", _NBSP, "%d.%m.%Y", "%d.%m.%y", "{d} {m} {y}",
        "января февраля марта апреля мая июня июля августа сентября октября ноября декабря", "{} ₽", "{} руб.",
        "Да", "Нет", ("cp1251", "koi8-r"), "Москва Казань Омск Тверь",
        "заказ пришёл вовремя но коробка была мятая и без чека",
    ),
    Locale(
        "tr-TR", ",", ".", "%d.%m.%Y", "%d.%m.%y", "{d} {m} {y}",
        "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık", "₺{}", "{} TL", "Evet", "Hayır",
        ("cp1254", "iso8859-9"), "İzmir Muğla Ankara Eskişehir", "ürün çok güzel fakat kargo geç geldi ve şikâyet ettik bu ığdır",
    ),
    Locale(
        "ja-JP", ".", ",", "%Y/%m/%d", "%y/%m/%d", "{y}年{m}月{d}日", "1 2 3 4 5 6 7 8 9 10 11 12", "¥{}", "{}円", "はい", "いいえ",
        ("shift_jis", "cp932"), "東京 大阪 京都 札幌", "商品は とても 良い ですが 配送が 遅い と 思います また 買います",
    ),
    Locale(
        "zh-CN", ".", ",", "%Y/%m/%d", "%y/%m/%d", "{y}年{m}月{d}日", "1 2 3 4 5 6 7 8 9 10 11 12", "￥{}", "{}元", "是", "否",
        ("gbk", "gb18030"), "北京 上海 广州 成都", "质量 很好 但是 物流 太慢 包装 完整 下次 再来 购买 推荐",
    ),
    Locale(
        "ko-KR", ".", ",", "%Y-%m-%d", "%y-%m-%d", "{y}년 {m}월 {d}일", "1 2 3 4 5 6 7 8 9 10 11 12", "₩{}", "{}원", "예", "아니오",
        ("euc-kr", "cp949"), "서울 부산 대구 인천", "배송이 빠르고 제품이 좋아요 하지만 색이 조금 달라요 다시 살게요",
    ),
)  # fmt: skip
LOCALES = {each.name: each for each in _ALL}
