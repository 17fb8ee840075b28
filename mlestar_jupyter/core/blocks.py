"""The named blocks of a solution: what each must define, its marker, its neutral replacement."""

from __future__ import annotations

import ast
import hashlib
import re
from dataclasses import dataclass

from mlestar_jupyter.errors import BlockError, unknown

_MARKER = re.compile(r"^#\s*mlestar:\s*([A-Za-z_]+)[^\n]*$")


@dataclass(frozen=True)
class BlockKind:
    """One kind of block.

    Parameters
    ----------
    name : str
        As in the marker comment.
    defines : str
        The name that the source must define at its top level.
    signature : str
        How that name is written, for messages and docs.
    summary : str
        What it is for, in a phrase.
    """

    name: str
    defines: str
    signature: str
    summary: str


BLOCKS: dict[str, BlockKind] = {
    kind.name: kind
    for kind in (
        BlockKind("cleaning", "clean", "def clean(X)", "row-wise and stateless repair: types, sentinels, dates"),
        BlockKind(
            "features",
            "make_features",
            "def make_features()",
            "a transformer that adds columns, DataFrame to DataFrame",
        ),
        BlockKind(
            "preprocessing", "make_preprocessor", "def make_preprocessor()", "a transformer, DataFrame to matrix"
        ),
        BlockKind("hyperparameters", "PARAMS", "PARAMS = {...}", "the arguments of make_model"),
        BlockKind("model", "make_model", "def make_model(**params)", "the estimator"),
        BlockKind(
            "validation", "make_splitter", "def make_splitter()", "the scikit-learn splitter that makes the folds"
        ),
        BlockKind(
            "ensemble", "make_ensemble", "def make_ensemble(members)", "an estimator over (name, solution) members"
        ),
    )
}
PIPELINE_BLOCKS = ("cleaning", "features", "preprocessing", "hyperparameters", "model")


def read_marker(source: str) -> str | None:
    """Name the block of a cell whose first line is a marker comment; None for an ordinary cell.

    Raises
    ------
    SettingError
        When the marker names no block.

    >>> read_marker("# mlestar: features\\ndef make_features(): ...")
    'features'
    """
    first = source.lstrip("\n").split("\n", 1)[0].strip()
    found = _MARKER.match(first)
    if found is None:
        return None
    name = found.group(1).lower()
    if name not in BLOCKS:
        raise unknown("block", name, BLOCKS)
    return name


def split_blocks(source: str) -> list[str]:
    """Part a cell that begins with a marker at its marker comments: merged cells hold several blocks.

    >>> split_blocks("# mlestar: model\\na = 1\\n# mlestar: features\\nb = 2")
    ['# mlestar: model\\na = 1', '# mlestar: features\\nb = 2']
    """
    parts: list[list[str]] = []
    for line in source.strip("\n").splitlines():
        if not parts or _MARKER.match(line.rstrip()):
            parts.append([])
        parts[-1].append(line)
    return ["\n".join(lines) for lines in parts]


def with_marker(name: str, source: str) -> str:
    """Put the block's marker at the top of its source, once."""
    text = source.strip("\n")
    if read_marker(text) == name:
        return text + "\n"
    return f"# mlestar: {name}\n{text}\n"


def without_marker(source: str) -> str:
    """Drop the marker from the top of a source, whatever it names.

    >>> without_marker("# mlestar: model\\na = 1")
    'a = 1'
    """
    first, _, rest = source.strip("\n").partition("\n")
    return rest if _MARKER.match(first.strip()) else source.strip("\n")


def check_block(name: str, source: str) -> None:
    """Check a block's source without running it.

    Raises
    ------
    BlockError
        When it does not parse, or does not define the name that the block stands for.
    """
    kind = BLOCKS[name]
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise BlockError(
            f"The block {name!r} has a syntax error in line {error.lineno}: {error.msg}.",
            mend="Correct the cell and run it again; the block before the edit stays in use until then.",
        ) from error
    if kind.defines not in top_level_names(tree):
        raise BlockError(
            f"The block {name!r} does not define {kind.defines!r}.",
            mend=f"Write `{kind.signature}` at the top level of the cell: {kind.summary}.",
        )


def top_level_names(tree: ast.Module) -> set[str]:
    """Names that a module's source defines at its top level, imports not counted."""
    names: set[str] = set()
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Assign(targets=targets):
                names |= {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
    return names


def block_hash(source: str) -> str:
    """Content hash of a block: trailing blanks and blank ends do not count."""
    text = "\n".join(line.rstrip() for line in source.strip().splitlines())
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def source_hash(text: str) -> str:
    """FNV-1a over UTF-8: tells whether a generated cell was edited; the JupyterLab extension has the same function.

    >>> source_hash("x = 1")
    '41f65c6b'
    """
    value = 0x811C9DC5
    for byte in text.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return f"{value:08x}"
