"""A solution: ordered blocks of source that build into one estimator and print as one module."""

from __future__ import annotations

import ast
import difflib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from mlestar_jupyter.core.blocks import BLOCKS, PIPELINE_BLOCKS, block_hash, check_block, top_level_names, with_marker
from mlestar_jupyter.core.names import rename
from mlestar_jupyter.errors import BlockError, unknown

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator


_BUILD = '''

def build{suffix}():
    """The whole solution as one unfitted scikit-learn pipeline."""
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import FunctionTransformer

    return Pipeline(
        [
            ("cleaning", FunctionTransformer({clean})),
            ("features", {make_features}()),
            ("preprocessing", {make_preprocessor}()),
            ("model", {make_model}(**{PARAMS})),
        ]
    )
'''

_BUILD_ENSEMBLE = '''

def build():
    """The whole solution as one unfitted scikit-learn estimator: the ensemble over its members."""
    return make_ensemble([{members}])
'''


@dataclass(frozen=True)
class Solution:
    """Named blocks of source in a fixed order, and the members when it is an ensemble.

    Parameters
    ----------
    sources : tuple of (name, source)
        In the order of `BLOCKS`; make one with `Solution.of`.
    members : tuple of Solution
        The solutions that an ``ensemble`` block combines; empty for a single one.
        The first is the lead member: its blocks are those of the ensemble solution.

    Examples
    --------
    >>> s = Solution.of({"cleaning": "def clean(X):\\n    return X", "hyperparameters": "PARAMS = {}"})
    >>> s.with_block("hyperparameters", "PARAMS = {'a': 1}").id == s.id
    False
    """

    sources: tuple[tuple[str, str], ...]
    members: tuple[Solution, ...] = ()

    @classmethod
    def of(cls, blocks: Mapping[str, str], members: tuple[Solution, ...] = ()) -> Solution:
        """Make a solution from sources by block name; the marker is put at the top of each."""
        for name in blocks:
            if name not in BLOCKS:
                raise unknown("block", name, BLOCKS)
        return cls(tuple((name, with_marker(name, blocks[name])) for name in BLOCKS if name in blocks), members)

    @property
    def blocks(self) -> Mapping[str, str]:
        """Source by block name, in order."""
        return MappingProxyType(dict(self.sources))

    @property
    def id(self) -> str:
        """Content hash over all blocks and members, 12 hex digits."""
        return self._hash([name for name, _ in self.sources])

    @property
    def fit_id(self) -> str:
        """Content hash over what is fitted: the ``validation`` block is not part of it."""
        return self._hash([name for name, _ in self.sources if name != "validation"])

    def _hash(self, names: list[str]) -> str:
        digest = hashlib.sha256()
        for name in names:
            digest.update(f"{name}:{block_hash(self.blocks[name])};".encode())
        for member in self.members:
            digest.update(f"member:{member.fit_id};".encode())
        return digest.hexdigest()[:12]

    @property
    def module_name(self) -> str:
        """Name under which the source is run as a module; saved models refer to it."""
        return f"solution_{self.fit_id}"

    def with_block(self, name: str, source: str) -> Solution:
        """Replace or add one block; in an ensemble, that of the lead member too.

        Raises
        ------
        BlockError
            When the source breaks the block's contract.
        """
        check_block(name, source)
        members = self.members
        if members and name in PIPELINE_BLOCKS:
            members = (members[0].with_block(name, source), *members[1:])
        return Solution.of({**self.blocks, name: source}, members)

    def single(self) -> Solution:
        """The lead member alone: the same blocks without the ensemble."""
        return Solution.of({k: v for k, v in self.blocks.items() if k != "ensemble"})

    def diff(self, other: Solution) -> str:
        """Unified diff from this solution to another, block by block; empty when they are equal."""
        lines: list[str] = []
        for name in BLOCKS:
            mine, theirs = self.blocks.get(name, ""), other.blocks.get(name, "")
            lines += difflib.unified_diff(
                mine.splitlines(), theirs.splitlines(), f"{name} {self.id}", f"{name} {other.id}", lineterm=""
            )
        return "\n".join(lines)

    def check(self) -> None:
        """Check every block's source without running it, and that none is missing.

        Raises
        ------
        BlockError
        """
        for name, source in self.sources:
            check_block(name, source)
        for name in PIPELINE_BLOCKS:
            if name not in self.blocks:
                raise BlockError(
                    f"The solution has no block {name!r}.", mend=f"Add a cell that starts with `# mlestar: {name}`."
                )

    def build(self) -> BaseEstimator:
        """Build the unfitted scikit-learn estimator."""
        from mlestar_jupyter.core.build import build

        return build(self)

    def module_source(self) -> str:
        """Print the blocks and a ``build()`` function as one plain module."""
        if not self.members:
            body = "\n\n".join(source.rstrip() for name, source in self.sources if name in PIPELINE_BLOCKS)
            return body + "\n" + _BUILD.format(suffix="", **_pipeline_names(""))
        return self._ensemble_source()

    def _ensemble_source(self) -> str:
        """Print shared blocks once, and each member's own blocks with its number behind their names."""
        shared = _shared_blocks(self.members)
        parts = [self.members[0].blocks[name].rstrip() for name in PIPELINE_BLOCKS if name in shared]
        for number, member in enumerate(self.members, start=1):
            own = {name: source for name, source in member.sources if name in PIPELINE_BLOCKS and name not in shared}
            defined = set().union(*(top_level_names(ast.parse(s)) for s in own.values()))
            renamed = {name: f"{name}_{number}" for name in defined}
            parts += [rename(source, renamed).rstrip() for source in own.values()]
            names = {key: renamed.get(key, key) for key in _pipeline_names("")}
            parts.append(_BUILD.format(suffix=f"_{number}", **names).strip("\n"))
        parts.append(self.blocks["ensemble"].rstrip())
        pairs = ", ".join(f'("member_{n}", build_{n}())' for n in range(1, len(self.members) + 1))
        return "\n\n".join(parts) + "\n" + _BUILD_ENSEMBLE.format(members=pairs)


def _pipeline_names(suffix: str) -> dict[str, str]:
    return {BLOCKS[name].defines: BLOCKS[name].defines + suffix for name in PIPELINE_BLOCKS}


def _shared_blocks(members: tuple[Solution, ...]) -> set[str]:
    """Blocks that all members have in common and that use nothing from a block that differs."""
    lead = members[0].blocks
    shared = {n for n in PIPELINE_BLOCKS if all(block_hash(m.blocks[n]) == block_hash(lead[n]) for m in members)}
    while True:
        foreign: set[str] = set()
        for member in members:
            for name in PIPELINE_BLOCKS:
                if name not in shared:
                    foreign |= top_level_names(ast.parse(member.blocks[name]))
        kept = {n for n in shared if not (foreign & _used_names(lead[n]))}
        if kept == shared:
            return shared
        shared = kept


def _used_names(source: str) -> set[str]:
    return {n.id for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name)}
