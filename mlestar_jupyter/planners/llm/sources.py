"""A block's source in the answer of a chat model: found, freed of what is around it, checked as a human's is."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from mlestar_jupyter.core.blocks import BLOCKS, read_marker, split_blocks, top_level_names
from mlestar_jupyter.errors import BlockError, SettingError
from mlestar_jupyter.families.registry import added_packages

_FENCE = re.compile(r"^[ \t]*```[^\n`]*\n(.*?)(?:^[ \t]*```|\Z)", re.DOTALL | re.MULTILINE)


def read_source(block: str, answer: str, others: Mapping[str, str]) -> str:
    """Read a block's source, without its marker, from an answer with or without code fences, markers and prose.

    Parameters
    ----------
    block : str
    answer : str
    others : mapping of str to str
        Sources of the blocks beside which it will stand: their names must stay theirs.

    Raises
    ------
    BlockError
        When there is no source, it is another block's, breaks the block's contract, or may not be run.
    """
    from mlestar_jupyter.core.screening import screen

    source = _of_block(block, _code(block, answer))
    if not source.strip():
        raise BlockError(f"The answer has no source for the block {block!r}.", mend="Write the whole block.")
    packages = added_packages() if block == "model" else ()
    screen(block, source, packages)  # also that it parses and keeps the block's contract
    _check_names(block, source, others)
    return source


def _code(block: str, answer: str) -> str:
    """Of several code fences the one that defines the block's name; the whole answer where there are none."""
    fences = [found.strip("\n") for found in _FENCE.findall(answer)]
    return next((f for f in fences if BLOCKS[block].defines in f), "\n".join(fences)) if fences else answer


def _of_block(block: str, code: str) -> str:
    """Keep the part under the block's own marker, and imports that stand above the first marker."""
    parts = split_blocks(code)
    try:
        marked = [(read_marker(part), part) for part in parts]
    except SettingError as error:
        raise BlockError(f"The answer is marked for no block: {error.problem}", mend=error.mend) from error
    own = [part.split("\n", 1)[1] if "\n" in part else "" for name, part in marked if name == block]
    unmarked = [part for name, part in marked if name is None]
    if not own and len(unmarked) < len(parts):
        names = ", ".join(repr(name) for name, _ in marked if name is not None)
        raise BlockError(f"The answer is for {names}, not for the block {block!r}.", mend=f"Write {block!r} alone.")
    return "\n\n".join([*unmarked, *own]).strip("\n")


def _check_names(block: str, source: str, others: Mapping[str, str]) -> None:
    """All blocks run as one module: a name that two of them define would be the later one's in both."""
    names = top_level_names(ast.parse(source))
    for name, kind in BLOCKS.items():
        if name != block and kind.defines in names:
            raise BlockError(
                f"The block {block!r} defines {kind.defines!r}, which belongs to the block {name!r}.",
                mend=f"Write `{BLOCKS[block].signature}` and what it needs, and nothing else.",
            )
    for name, other in others.items():
        taken = names & _defined(other) if name != block else set()
        if taken:
            raise BlockError(
                f"The block {block!r} defines {', '.join(sorted(taken))}, as another block does.",
                mend="Choose other names: all blocks run as one module.",
            )


def _defined(source: str) -> set[str]:
    """Names that a block defines; none of one that does not parse, which fails for itself."""
    try:
        return top_level_names(ast.parse(source))
    except SyntaxError:
        return set()
