"""Which of two labels is the positive class: the one that says yes, in the common languages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Mapping

_POSITIVE = {"yes", "y", "true", "t", "positive", "pos", "churn", "churned", "default", "fraud", "spam", "died"}
_ONE, _NOT_ONE = {"1", "1.0"}, {"0", "0.0", "-1", "-1.0"}
_YES_WORDS = (
    "yes y ja j oui o si sí sì s sim tak t da да д ano áno a igen i kyllä k evet e ναι ν так т taip jah jā ya có "
    "はい 是 有 예 네 نعم כן हाँ true vrai v wahr w vero verdadero verdadeiro + ✓ ✔ ○ 〇"
)
_NO_WORDS = (
    "no not n nein nej nei nee non não nao nie ne нет н nu nem ei hayır hayir h όχι ο ні не não tidak không "
    "いいえ 否 无 無 아니오 아니요 لا לא नहीं false f faux falsch falso fałsz falskt onwaar ложь yanlış neg negative "
    "negativ négatif negatif negativo negatief отрицательный 陰性 阴性 - – − ✗ ✘ ×"
)
_YES, _NO = frozenset(_YES_WORDS.split()), frozenset(_NO_WORDS.split())
_DENIAL = re.compile(r"(?:no|not|non|nicht|kein|keine|ohne|pas de|sans|sin|sem|senza|nie|bez|не|нет|без)[\s_-]+")
_SHORT = 2


def positive_of(labels: list[Hashable], counts: Mapping[Hashable, int]) -> Hashable:
    """The label that says yes, or the one beside a label that says no, or else the rarer one."""
    texts = {str(label).strip().casefold() for label in labels}
    # 1 says yes beside 0 or -1; beside 2 it is a number like any other
    positive = _POSITIVE | (_ONE if texts & _NOT_ONE else set())
    named = [label for label in labels if str(label).strip().casefold() in positive]
    if len(named) == 1:
        return named[0]
    first, last = (unicodedata.normalize("NFKC", str(label)).strip().casefold() for label in labels)
    if _says_no(first, last) != _says_no(last, first):
        return labels[int(_says_no(first, last))]
    return min(reversed(labels), key=lambda label: counts[label])


def _says_no(text: str, other: str) -> bool:
    """Whether a label denies; one or two letters do beside one that affirms alone: NO and SE are countries."""
    if text in _NO:
        is_long = len(text) > _SHORT or len(text) == _SHORT < len(other)
        return is_long or other in _YES
    denied = _DENIAL.match(text)
    return denied is not None and text[denied.end() :] == other
