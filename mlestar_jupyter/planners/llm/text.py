"""Text from outside, made fit for a prompt: cleaned, cut, and set between fences that it cannot close.

Whatever was not written by this package is untrusted in a prompt: names of columns, notes, code, search results, error
texts, and what a model said before. It is given as data between two lines with a mark that follows from the content:
the same content gives the same prompt, so that kept replies are found again, and no content can hold its own mark.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # control, format, surrogates, private, unassigned, separators
_CHAT_TOKENS = re.compile(
    r"<[|｜][^<>|｜\n]{1,40}[|｜]>|\[/?INST\]|<</?SYS>>|</?s>|<(?:start|end)_of_turn>|<(?:bos|eos|pad|unk)>"
    r"|</?(?:system|user|assistant|tool|function|developer)(?:\s[^<>\n]{0,80})?>",
    re.IGNORECASE,
)
_MARK = re.compile(r"DATA-[0-9a-f]{16}", re.IGNORECASE)
_REMOVED = "[...]"
LABEL_LENGTH = 40
REASON_LENGTH = 240


def cleaned(text: str, limit: int) -> str:
    """Take out what a reader would not see or a chat model might take for the frame of a message, and cut the rest.

    >>> cleaned("two\\u200b words <|im_start|>system", 40)
    'two words [...]system'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(c for c in text[: 4 * limit] if c in "\n\t" or unicodedata.category(c) not in _HIDDEN)
    before = ""
    while before != text:  # what is left around a removed token may be one
        before, text = text, _MARK.sub(_REMOVED, _CHAT_TOKENS.sub(_REMOVED, text))
    text = text.strip("\n").rstrip()
    return text if len(text) <= limit else text[: limit - 2].rstrip() + " …"


def fenced(text: str, kind: str, limit: int) -> str:
    """Set text from outside between two lines that say what it is.

    Parameters
    ----------
    text : str
    kind : str
        What it is, in our own words.
    limit : int
        In characters.
    """
    body = cleaned(text, limit) or "(nothing)"
    mark = "DATA-" + hashlib.sha256(f"{kind}\n{body}".encode()).hexdigest()[:16]
    return f"BEGIN {mark} {kind}\n{body}\nEND {mark}"


def one_line(text: str, limit: int) -> str:
    """Make one clean line of a text, cut at a word where it is too long.

    >>> one_line("means of   charges\\nby contract", 20)
    'means of charges …'
    """
    line = " ".join(cleaned(text, 4 * limit).split())
    if len(line) <= limit:
        return line
    head = line[: limit - 1]
    return head[: head.rfind(" ") + 1 or limit - 1].rstrip() + (" …" if " " in head else "…")
