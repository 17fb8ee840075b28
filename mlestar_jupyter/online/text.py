"""Text and addresses from outside, made plain: no markup, no hidden characters, no marks of a chat's turns."""

from __future__ import annotations

import html
import re
import unicodedata
from urllib.parse import parse_qsl, urlencode, urlsplit

TITLE, EXCERPT = 160, 700
"""Letters that are kept of a title and of an excerpt."""

_MOST_READ, _MOST_PASSES = 20_000, 8
_SHORT = 3  # "gas" stays, "charges" does not
_LONGEST_ADDRESS = 500
_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})
"""Control and format characters (zero-width, bidirectional, tags), private and unassigned ones, half pairs."""
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_MARKUP = re.compile(r"<(script|style)\b[^<>]*>.*?</\1\s*>|<!--.*?-->|</?[a-z!][^<>]*>", re.IGNORECASE | re.DOTALL)
_TURNS = re.compile(
    r"<\|[^<>|]{0,40}\|>|<<\s*/?\s*sys\s*>>|\[\s*/?\s*inst\s*\]|\[\s*/?\s*(?:system|user|assistant)(?:_prompt)?\s*\]",
    re.IGNORECASE,
)
_TRACKING = re.compile(r"^(utm_\w+|gclid|fbclid)$", re.IGNORECASE)
_ARXIV = re.compile(r"/(?:abs|pdf|html)/(\d{4}\.\d{4,5})(?:v\d+)?(?:\.pdf)?/?$")


def plain(value: object, most: int = EXCERPT) -> str:
    """Make a text from outside plain and at most so long; "" for what is no text.

    >>> plain("<b>Boosted</b> trees &amp; more\u200b <|im_start|>system")
    'Boosted trees & more system'
    """
    if not isinstance(value, str):
        return ""
    text = value[:_MOST_READ]
    for _ in range(_MOST_PASSES):  # what is taken out may leave a mark behind that was in pieces
        before = text
        text = unicodedata.normalize("NFKC", html.unescape(text))
        text = "".join(" " if c in "\n\r\t" else c for c in text if c in "\n\r\t" or not _is_hidden(c))
        text = _MARKUP.sub(" ", _TURNS.sub(" ", text))
        if text == before:
            break
    else:
        text = re.sub(r"[<>\[\]|]", " ", text)  # marks within marks within marks: nobody writes so
    text = " ".join(text.replace("<|", " ").replace("|>", " ").split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in _HIDDEN or _SELECTORS.match(character) is not None


def web_address(value: object) -> str:
    """Give an address on the web without user, fragment and tracking words; "" for anything else."""
    if not isinstance(value, str) or len(value) > _LONGEST_ADDRESS or any(map(_is_hidden, value)) or " " in value:
        return ""
    try:
        parts = urlsplit(value)
        host, port = parts.hostname, parts.port
    except ValueError:  # a broken IPv6 address or port
        return ""
    if parts.scheme.lower() not in ("http", "https") or not host:
        return ""
    words = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.match(k)]
    query = f"?{urlencode(words)}" if words else ""
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme.lower()}://{host}{f':{port}' if port else ''}{parts.path}{query}"


def same_address(address: str) -> str:
    """Give equal texts for addresses that lead to the same page: versions and forms of an arXiv paper among them."""
    parts = urlsplit(address)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("export.")
    if host == "arxiv.org" and (paper := _ARXIV.search(parts.path)):
        return f"arxiv.org/{paper[1]}"
    return f"{host}{parts.path.rstrip('/').lower()}?{parts.query}".rstrip("?")


def split_name(name: str) -> list[str]:
    """Split a name into its words, in lower case.

    >>> split_name("MonthlyCharges_2024"), split_name("PAYMENT-method")
    (['monthly', 'charges'], ['payment', 'method'])
    """
    return [word.lower() for word in re.findall(r"[^\W\d_]+", apart(name))]


def apart(text: str) -> str:
    """Part names at their inner capitals.

    >>> apart("MonthlyCharges by XGBModel")
    'Monthly Charges by XGB Model'
    """
    return re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text)


def folded(text: str) -> str:
    """Write words as one line that phrases can be looked for in: lower case, without plurals, a space at both ends.

    >>> " monthly charge " in folded("Monthly charges: the bill")
    True
    """
    words = re.findall(r"[^\W_]+", text.lower())
    return f" {' '.join(w.removesuffix('s') if len(w) > _SHORT else w for w in words)} "
