"""Encodings, found by evidence in short texts."""

import codecs

import pytest

from mlestar_jupyter.core.encodings import Encoding, NotTextError, find_encoding

TEXTS = {
    "French": "nom,ville\nÉlodie,Nîmes\nRenée,Orléans\nFrançois,Besançon\n",
    "one accent": "name,y\ncafé,1\nthe,0\n",
    "German": "ort,y\nKöln,1\nStraße,0\nMünchen,1\n",
    "euro": "kind,y\n10–20 €,1\n20–30 €,0\n",
    "Spanish": "ciudad,y\nEspaña,1\nMálaga,0\nCórdoba,1\n",
    "Portuguese": "cidade,y\nSão Paulo,1\nBelém,0\nGoiânia,1\n",
    "Swedish": "stad,y\nMalmö,1\nÅre,0\nGävle,1\n",
    "degrees": "t,y\n20°C,1\n30°C,0\n5 µm,1\n",
    "Polish": "miasto,y\nŁódź,1\nKraków,0\nGdańsk,1\nBiałystok,0\nCzęstochowa,1\n",
    "Czech": "město,y\nPlzeň,1\nBrno,0\nČeské Budějovice,1\nKateřina,0\n",
    "Hungarian": "város,y\nGyőr,1\nPécs,0\nHódmezővásárhely,1\n",
    "Turkish": "şehir,y\nİstanbul,1\nMuğla,0\nEskişehir,1\nDiyarbakır,0\n",
    "Russian": "город,y\nМосква,1\nКазань,0\nПермь,1\n",
    "yes in Russian": "g,y\nда,1\nнет,0\n",
    "Greek": "πόλη,y\nΑθήνα,1\nΘεσσαλονίκη,0\nΠάτρα,1\n",
    "Chinese": "城市,类型\n北京,优\n上海,良\n广州,差\n",
    "one sign": "c,y\n男,1\n女,0\n",
    "Taiwan": "城市,類型\n臺北,優\n高雄,良\n桃園,差\n",
    "Japanese": "都市,種類\n東京,りんご\n大阪,みかん\n札幌,ぶどう\n",
    "narrow kana": "c,y\nﾄｳｷｮｳ,1\nｵｵｻｶ,0\n",
    "Korean": "도시,등급\n서울,좋음\n부산,나쁨\n대구,보통\n",
}
CASES = [
    *((text, encoding) for text in ("French", "one accent", "German") for encoding in ("cp1252", "mac_roman", "cp850")),
    *((text, "cp1252") for text in ("euro", "Spanish", "Portuguese", "Swedish", "degrees")),
    *((text, encoding) for text in ("Polish", "Czech") for encoding in ("cp1250", "iso8859-2")),
    ("Hungarian", "cp1250"), ("Turkish", "cp1254"), ("Greek", "cp1253"),
    *((text, encoding) for text in ("Russian", "yes in Russian") for encoding in ("cp1251", "koi8-r", "cp866")),
    ("Chinese", "gbk"), ("Chinese", "gb18030"), ("one sign", "gbk"), ("Taiwan", "big5"),
    ("Japanese", "shift_jis"), ("Japanese", "euc_jp"), ("narrow kana", "shift_jis"), ("Korean", "euc_kr"),
    *((text, form) for text in ("French", "Chinese") for form in ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "encoding"), CASES)
def test_a_short_text_is_read_in_its_encoding(text, encoding):  # T18
    raw = TEXTS[text].encode(encoding)
    assert raw.decode(find_encoding(lambda: [raw]).name) == TEXTS[text]


@pytest.mark.fast
@pytest.mark.parametrize("rows", [1, 60])
@pytest.mark.parametrize(
    ("words", "encoding"),
    [
        ("Não Sim", "cp1252"), ("Neuchâtel Bern", "cp1252"), ("Noël Août", "cp1252"), ("limões maçã", "cp1252"),
        ("Forêt Pré", "cp1252"), ("España Perú", "cp1252"), ("Œuvre", "cp1252"), ("È No", "cp1252"),
        ("Blå Rød", "cp1252"), ("Poznań Lublin", "cp1250"), ("Kraków Łódź", "cp1250"), ("nő", "cp1250"),
        ("Brăila", "cp1250"), ("Iğdır", "cp1254"), ("Muğla", "cp1254"), ("Łódź žena", "iso8859-2"), ("Não", "mac_roman"), ("España", "mac_roman"),
    ],
)  # fmt: skip
def test_a_label_that_recurs_is_no_more_evidence_than_one(words, encoding, rows):
    text = "x,w\n" + "".join(f"{k},{word}\n" for k in range(rows) for word in words.split())
    raw = text.encode(encoding)
    assert raw.decode(find_encoding(lambda: [raw]).name) == text


def test_plain_letters_of_the_west_are_latin_1_and_more_is_cp1252():
    assert find_encoding(lambda: ["Köln".encode("latin-1")]) == Encoding("latin-1")
    assert find_encoding(lambda: ["Köln für 5 €".encode("cp1252")]) == Encoding("cp1252")


def test_a_new_file_of_few_letters_is_read_as_its_table():
    raw = "c,y\nñ,1\n".encode("mac_roman")
    assert find_encoding(lambda: [raw], "mac_roman").name == "mac_roman"


def test_a_file_that_is_utf8_but_for_a_byte_is_utf8():
    text = (TEXTS["French"] * 3).encode() + b"caf\xe9,Paris\n"
    found = find_encoding(lambda: [text])
    assert (found.name, found.broken, found.options) == ("utf-8", 1, {"encoding_errors": "replace"})


def test_a_character_between_two_pieces_is_whole():
    text = ("x" * 9 + "é\n").encode()
    assert find_encoding(lambda: [text[:10], text[10:]]) == Encoding()


def test_zero_bytes_are_no_text():
    with pytest.raises(NotTextError):
        find_encoding(lambda: [b"PK\x00\x01\x02" * 50])


@pytest.mark.parametrize("order", ["16-le", "16-be", "32-le", "32-be"])
def test_a_mark_says_the_order_of_the_bytes(order):
    mark = getattr(codecs, f"BOM_UTF{order.replace('-', '_').upper()}")
    raw = mark + TEXTS["Greek"].encode(f"utf-{order}")
    found = find_encoding(lambda: [raw])
    assert found == Encoding(f"utf-{order[:2]}")
    assert raw.decode(found.name) == TEXTS["Greek"]
