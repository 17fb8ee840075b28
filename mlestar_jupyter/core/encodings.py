"""The encoding of a text file, found by evidence: by marks, by what decodes, and by the letters that come out.

Runs alone, as `rows` does.
"""

import codecs
import dataclasses
import itertools
import math
import re
import typing
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

Chunks = Callable[[], Iterable[bytes]]
"""Goes through a file piece by piece, from its start; may be called again."""

_MARKED = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
"""What a file may begin with, and its encoding; the longer marks first."""
_MOST_LINES, _MOST_BYTES = 5_000, 200_000
_KNOWN_TEXT, _BROKEN_SHARE = 4, 0.2
_ONE_SIDED = 0.97
_OWN = 6.0
_NEVER, _RARE, _SYMBOL, _ODD, _UNEVEN = -11.0, -9.0, -5.0, -4.0, -1.5
_MISPLACED = re.compile(
    r"(?<=\w)[ñÑ](?![aeiouáéíóúüAEIOUÁÉÍÓÚÜ])|õ(?!\w)|ã(?![oes]|$|[^\w])"
    r"|[śńźŚŃŹ](?=[aeouyąęóAEOUYĄĘÓ])|(?<!\w)[Ğğ]|(?<=[a-z])–(?=[a-z])"
    r"|[£¤¥¦¨´¸¼½¾](?=[^\W\d_])|(?<=[^\W\d_])[¤¦¨´¸¼½¾]"
)
"""Letters of Spanish, Portuguese, Polish and Turkish where these never have them, and signs within words."""
_LAST_EXTENSION = 0xA0
_COMMON, _USUAL, _SELDOM, _KANA = -4.5, -7.5, -12.0, -4.0
_VOWELS = frozenset("aeiouyæœøəıAEIOUYÆŒØIİ")

_ALPHABETS = (
    ("cp1252", 1.0, "éàèêçôîâûùëïœæÉÀÇÈÊŒ"),
    ("cp1252", 1.0, "äüößÄÖÜé"),
    ("cp1252", 1.0, "óíáñéúü¿¡ÁÉÍÓÚÑ"),
    ("cp1252", 1.0, "ãçáéóíõêâúàôÁÉÓÍÃÇÂÊÕ"),
    ("cp1252", 1.0, "àèùòìéÀÈÉ"),
    ("cp1252", 1.0, "åäöøæéÅÄÖØÆ"),
    ("cp1252", -2.0, "áðíéóþúæöýÞÁÍÓ"),
    ("cp1250", 0.0, "łąęóśżćńźŁŚŻĆÓ"),
    ("cp1250", 0.0, "íáěéřčžýšůúťďňŠČŽŘÚÁĎŇáľôäĺŕ"),
    ("cp1250", 0.0, "áéöóőüíúűÁÉÖŐÜÍÓÚŰ"),
    ("cp1250", 0.0, "ăîâşţşŞŢÎÂ"),
    ("cp1250", 0.0, "čšžćđČŠŽĆĐ"),
    ("iso8859-2", -1.0, "łąęóśżćńźŁŚŻĆÓ"),
    ("iso8859-2", -1.0, "íáěéřčžýšůúťďňŠČŽŘÚÁĎŇáľôäĺŕ"),
    ("cp1254", 0.5, "ıişğüçöİŞĞÜÇÖâ"),
    ("cp1257", -1.0, "ėšžąųūįęčāīēļņģķõäöüŠŽĖČĀŪĒĪ"),
    ("cp1251", 1.0, "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъёіїєґОАСПВНКМБГДРТИЛЗЕУФХЧШЭЮЯІЇЄЖЦЙ№"),
    ("koi8-r", -2.0, "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъёОАСПВНКМБГДРТИЛЗЕУФХЧШЭЮЯЖЦЙ"),
    ("cp866", -2.0, "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъёОАСПВНКМБГДРТИЛЗЕУФХЧШЭЮЯЖЦЙ"),
    ("cp1253", -1.0, "αοιετσνηυρπκμλςίόάέγδήθωχφύβώξζψϊϋΑΕΠΣΜΚΤΝΛΟΘΔΓΡΗΒΦΧΙ"),
    ("cp1255", -3.0, "יוהלאמרבתשנםדקעחפגסטזכצןךףץ"),
    ("cp1256", -3.0, "اليمنرتوبةدسعفهكأحقجشصطخإزضغذثىءئآظؤ،"),
    ("cp874", -3.0, "านรอกเงมยวลดท่สตะปบคหแจพชขใไ้ีิ์ัุูำืึซผถณญธศษฐฏฎฬภฝฟฮฉฌโๆ"),
    ("mac_roman", -1.0, "éàèêçôîâûùëïœæÉÀÇÈÊ"),
    ("mac_roman", -1.0, "äüößÄÖÜé"),
    ("mac_roman", -1.0, "óíáñéúü¿¡ãçõêâåøæÁÉÍÓÚÑÅØÆ"),
    ("cp850", -2.0, "éàèêçôîâûùëïæÉÀÇÈÊ"),
    ("cp850", -2.0, "äüößÄÖÜé"),
    ("cp850", -2.0, "óíáñéúü¿¡ãçõêâåøæÁÉÍÓÚÑÅØÆ"),
    ("iso8859-15", -2.0, "éàèêçôîâûùëïœæÉÀÇÈÊ"),
    ("iso8859-15", -2.0, "äüößÄÖÜé"),
)
"""Encodings of one byte a character: how usual they are, and the letters of a language, the most frequent first."""
_SYMBOLS = frozenset("€“”„‘’–—…°£§«»©®™²³µ½¼¾·•±×÷º ¥¢")
_HANZI = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方"
    "多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明"
    "性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世"
    "位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量"
    "再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完"
    "设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运京州男城县省河江湖广深津沪杭苏宁"
    "武汉成都重庆西安是否红绿蓝黄黑优良差低编号姓性别年龄价单位类型地址销售收入客户李陈刘杨赵吴周徐孙胡朱林何郭罗"
    "這個們來為國說時會對過發後裡樣學動還進從實軍無與長機業將兩間問應戰頭體見產話員論處義幾認條氣題爾變總電數報結務場計資許統"
    "區隊決馬聽達強難權設記類據邊張該規萬覺術領確傳師觀讓識帶導爭運臺灣臺北高雄臺中臺南縣鄉鎮東門紅綠藍黃號價單銷購買賣錢"
    "日本東京大阪京都横浜名古屋市区町村県男女会社員年月円株式価格売上商品番号氏名住所電話神奈川福岡北海道札幌仙台広島新潟"
)
_HANGUL = frozenset(
    "이다는의에을가한고를은로하지사기도자리시대인그나어해서정수일들보만부전과있아구제상러주라여동안장게원으세미적진우성용스경소"
    "오선조공국유비개신계관영내방았당분연생화요위문실모되없연마년월남녀자울산광천북충강종양민박김최임윤송호준현은지예서울부산대"
    "구인천광주대전제주경기강원충청전라평균점좋음나쁨보통빨강파랑초록노랑회원번호이름주소가격구매판매수량등급학교직업급여"
)


class NotTextError(ValueError):
    """A file whose bytes are no text."""


@dataclasses.dataclass(frozen=True)
class Encoding:
    """How the bytes of a file become text.

    Parameters
    ----------
    name : str
        As Python calls it.
    broken : int
        Bytes that are no text in it: each becomes the replacement character.
    """

    name: str = "utf-8"
    broken: int = 0

    @property
    def errors(self) -> str:
        """What the decoder does about bytes that are no text."""
        return "replace" if self.broken else "strict"

    @property
    def options(self) -> dict[str, typing.Any]:
        """Arguments of ``pandas.read_csv``, nothing for UTF-8."""
        named = {} if self.name == "utf-8" else {"encoding": self.name}
        return named | ({"encoding_errors": "replace"} if self.broken else {})


def find_encoding(chunks: Chunks, own: str = "") -> Encoding:
    """Find the encoding of a file: UTF-16 by its mark or its zeros, UTF-8 where all decodes, else the likeliest.

    Parameters
    ----------
    chunks : callable
    own : str
        Of the table that the file belongs to; taken unless the letters clearly show another.

    Raises
    ------
    NotTextError
        When it holds zero bytes and is no UTF-16.
    """
    start = next(iter(chunks()), b"")
    for mark, name in _MARKED:
        if start.startswith(mark):
            return Encoding(name)
    if b"\x00" in start[: 1 << 16]:
        return Encoding(_by_zeros(start[: 1 << 16]))
    if _is_utf8(chunks):
        return Encoding()
    sample = _lines_beyond_ascii(chunks)
    if broken := _broken_utf8(sample, chunks):
        return Encoding("utf-8", broken)
    return _checked(_likeliest(sample, own), chunks)


def _checked(name: str, chunks: Chunks) -> Encoding:
    """Look whether a whole file decodes: beyond the sample there may be bytes that are no text."""
    decoder = codecs.getincrementaldecoder(name)("replace")
    broken, beyond_latin = 0, False
    for chunk in itertools.chain(chunks(), (b"",)):
        broken += decoder.decode(chunk, final=not chunk).count("�")
        beyond_latin = beyond_latin or bool(re.search(rb"[\x80-\x9f]", chunk))
    if name == "cp1252" and (broken or not beyond_latin):  # the two agree on every letter
        return Encoding("latin-1")
    return Encoding(name, broken)


def _by_zeros(start: bytes) -> str:
    """Tell UTF-16 without a mark from what is no text: its zeros stand all on one side of their pairs."""
    right, zeros = start[1::2].count(0), start.count(0)
    sides = (("utf-16-le", right), ("utf-16-be", zeros - right))
    name, most = max(sides, key=lambda side: side[1])
    even = start[: len(start) // 2 * 2]
    if most >= _ONE_SIDED * zeros and most * 50 >= len(start):
        text = even.decode(name, "replace")
        if text.count("�") * 100 <= len(text) and not re.search(r"[\x01-\x08]", text):
            return name
    raise NotTextError


def _is_utf8(chunks: Chunks) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_pending = False
    for chunk in chunks():
        if b"\x00" in chunk:
            raise NotTextError
        if not is_pending and chunk.isascii():  # many times faster than to decode
            continue
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError:
            return False
        is_pending = bool(decoder.getstate()[0])
    return not is_pending


def _lines_beyond_ascii(chunks: Chunks) -> bytes:
    """Take the lines that have more than ASCII, from all over a file."""
    found: list[bytes] = []
    for number, chunk in enumerate(chunks()):
        if b"\x00" in chunk:
            raise NotTextError
        if chunk.isascii() or len(found) > _MOST_LINES:
            continue
        lines = [line for line in re.split(rb"[\r\n]+", chunk) if not line.isascii()]
        found += lines[: max(_MOST_LINES >> number, 50)]
    return b"\n".join(found)[:_MOST_BYTES]


def _broken_utf8(sample: bytes, chunks: Chunks) -> int:
    """Count the bytes that are no UTF-8 in a file that is UTF-8 for the most part; 0 for another file."""
    text = sample.decode("utf-8", "replace")
    broken = text.count("�")
    if sum(not c.isascii() for c in text) - broken < max(_KNOWN_TEXT, broken / _BROKEN_SHARE):
        return 0
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    pieces = (decoder.decode(chunk) for chunk in itertools.chain(chunks(), (b"",)))
    return max(1, sum(piece.count("�") for piece in pieces) + bool(decoder.getstate()[0]))


def _distinct_words(sample: bytes) -> bytes:
    """Take each word beyond ASCII once: a label that recurs in all rows is no more evidence than one of them."""
    words = re.split(rb'[ \t\r\n,;"]+', sample)  # no byte of a longer character is among these
    if len(sample) == _MOST_BYTES and len(words) > 1:  # the last one is cut
        words.pop()
    return b"\n".join(dict.fromkeys(word for word in words if not word.isascii()))


def _likeliest(sample: bytes, own: str) -> str:
    sample = _distinct_words(sample)
    scores: dict[str, float] = {}
    for name, alphabets in itertools.groupby(_ALPHABETS, key=lambda alphabet: alphabet[0]):
        if (text := _text_in(sample, name)) is not None:
            counts = Counter(c for c in text if not c.isascii())
            known = [(usual, letters) for _, usual, letters in alphabets]
            likely = max(usual + _score_letters(counts, letters) for usual, letters in known)
            scores[name] = likely + _score_places(text, is_latin=known[0][1][0] < "ɐ")
    for name in ("gb18030", "cp932", "cp949", "big5hkscs", "euc_jp"):
        if (text := _text_in(sample, name)) is not None:
            scores[name] = _score_ideographs(text, name)
    same = next((name for name in scores if _is_same(name, own)), None)
    if same:
        scores[same] += _OWN
    best = max(scores, key=lambda name: scores[name], default="latin-1")
    if best == same and own != "latin-1":
        return own
    return "cp1252" if _text_in(sample, best) == _text_in(sample, "cp1252") else best


def _is_same(name: str, own: str) -> bool:
    """Whether an encoding is the table's own, by whichever name."""
    if not own:
        return False
    known = codecs.lookup(own).name
    return known == codecs.lookup(name).name or (name, known) == ("cp1252", "iso8859-1")


def _text_in(sample: bytes, name: str) -> str | None:
    """Decode; the last line may end within a character."""
    try:
        return sample.decode(name)
    except UnicodeDecodeError as error:
        is_cut = len(sample) == _MOST_BYTES and error.start >= len(sample) - 3
        return sample[: error.start].decode(name) if is_cut else None


def _score_letters(counts: Mapping[str, int], letters: str) -> float:
    """How likely the characters beyond ASCII are in a language."""
    rank = {letter: number for number, letter in reversed(list(enumerate(letters)))}
    size = math.log(sum(1 / (2 + number) for number in rank.values()))
    score = 0.0
    for char, count in counts.items():
        if char in rank:
            score += count * (-math.log(2 + rank[char]) - size - 1)
        else:
            score += count * (_SYMBOL if char in _SYMBOLS else _RARE if char.isalpha() else _NEVER)
    return score


def _score_places(text: str, *, is_latin: bool) -> float:
    """How usual the places are where characters beyond ASCII stand within words."""
    inside = len(re.findall(r"[A-Za-z](?=[^\x00-\x7f’–—·\w])[^\x00-\x7f][A-Za-z]|[A-Za-z][²³¹º¼½¾µª]+[A-Za-z]", text))
    inside += len(re.findall(r"\d(?=[^\W\d_\x00-\x7f])|(?<=[^\W\d_\x00-\x7f])\d", text))
    alone = len(re.findall(r"(?<![^\W_])[^\W\d_\x00-\x7fàáéèêóíúÀÁÉÈÊÓÍÚоиавсуякыюöøåæ](?![^\W_])", text))
    pairs: list[str] = re.findall(r"(?=(.[^\x00-\x7f]))", text)
    risen = sum(pair[0].islower() and pair[1].isupper() for pair in pairs)
    score = _UNEVEN * _uneven(text) if is_latin else 0.0
    odd = inside + alone + risen + len(_MISPLACED.findall(text))
    return score + _ODD * (odd + _other_script(text, is_latin=is_latin))


def _uneven(text: str) -> int:
    """Count accented vowels that follow or precede vowels only, and consonants that follow or precede consonants."""
    count = 0
    for found in re.finditer(r"(?=([^\W\d_]?)([^\W\d_\x00-\x7f])([^\W\d_]?))", text):
        before, letter, after = ("" if not c else unicodedata.normalize("NFD", c)[0] in _VOWELS for c in found.groups())
        count += {before, after} - {""} == {letter}
    return count


def _other_script(text: str, *, is_latin: bool) -> int:
    """Count places that other scripts have: Latin words of foreign letters only, or Latin letters within others."""
    if is_latin:
        return sum(map(len, re.findall(r"(?<![^\W\d_])(?![A-Za-z])[^\W\d_\x00-\x7f]{3,}(?![^\W\d_])", text)))
    return len(re.findall(r"[A-Za-z][^\W\d_\x00-\x7f]|[^\W\d_\x00-\x7f][A-Za-z]", text))


def _score_ideographs(text: str, name: str) -> float:
    score = 0.0
    for char, count in Counter(c for c in text if not c.isascii()).items():
        score += count * _likely(char, name)
    beside_latin = len(re.findall(r"[a-z](?=[^\x00-\x7f])|(?<=[^\x00-\x7f])[a-z]", text))
    return score + _UNEVEN * beside_latin + _SELDOM * len(re.findall("(?<![｡-ﾟ])[｡-ﾟ](?![｡-ﾟ])", text))


def _likely(char: str, name: str) -> float:
    """How likely a character is in the language that an encoding is for."""
    is_japanese = name in ("cp932", "euc_jp")
    if "぀" <= char <= "ヿ":
        return _KANA if is_japanese else _NEVER
    if "｡" <= char <= "ﾟ":
        return _COMMON if is_japanese else _SELDOM
    if char in "、。，！？：；（）「」・～年月日円元％＋－" or "０" <= char <= "ｚ":
        return _SYMBOL
    if name == "cp949":
        is_plain = "가" <= char <= "힣" and min(char.encode(name)) > _LAST_EXTENSION
        return _COMMON if char in _HANGUL else _USUAL if is_plain else _SELDOM
    return _COMMON if char in _HANZI else _USUAL if _is_in_first_plane(char, name) else _SELDOM


def _is_in_first_plane(char: str, name: str) -> bool:
    """Whether an ideograph is among the few thousand that an encoding has in front, the usual ones."""
    first, last = {"gb18030": (0xB0, 0xD7), "cp932": (0x88, 0x98), "euc_jp": (0xB0, 0xCF)}.get(name, (0xA4, 0xC6))
    code = char.encode(name)
    is_plain = "一" <= char <= "鿿" and len(code) == 2 and first <= code[0] <= last  # noqa: PLR2004 - two bytes
    return is_plain and (name != "gb18030" or code[1] > _LAST_EXTENSION)
