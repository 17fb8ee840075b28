"""Who wrote what stands in a solution."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mlestar_jupyter.core.blocks import block_hash
from mlestar_jupyter.core.candidate import Author, Candidate
from mlestar_jupyter.core.events import Note
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.runs.run import Run


class Authors:
    """Authors of the blocks of a run's solutions."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._known: dict[str, dict[str, Author]] = {}
        self._noted: frozenset[str] = frozenset()

    def of(self, solution: Solution) -> dict[str, Author]:
        """Who first wrote each block of a solution; without a chat model all counts as the planner's."""
        if self._run.llm is None:
            return dict.fromkeys(solution.blocks, "planner")
        if solution.id not in self._known:
            self._known[solution.id] = block_authors(solution, self._run.journal.candidates())
        return self._known[solution.id]

    def note_code_in_kernel(self, authors: Mapping[str, Author]) -> None:
        """Say once which blocks of the chat model run from now on in this process, when somebody listens."""
        written = frozenset(block for block, author in authors.items() if author == "model")
        if written - self._noted and self._run.listeners:
            self._noted |= written
            self._run.listeners.emit(Note("", kernel_note(sorted(written))))


def block_authors(solution: Solution, candidates: Iterable[Candidate]) -> dict[str, Author]:
    """Name the author of each block: of the first candidate that had it.

    Where a member of an ensemble has another version of a block, and a chat model wrote it, the block counts as the
    model's: it runs with the solution.

    Parameters
    ----------
    solution : Solution
    candidates : iterable of Candidate
        In the order in which they were put up.
    """
    first: dict[tuple[str, str], Author] = {}
    for candidate in candidates:
        for one in (candidate.solution, *candidate.solution.members):
            for name, source in one.blocks.items():
                first.setdefault((name, block_hash(source)), candidate.author)
    found: dict[str, Author] = {}
    for one in (solution, *solution.members):
        for name, source in one.blocks.items():
            author = first.get((name, block_hash(source)), "planner")
            if name not in found or author == "model":
                found[name] = author
    return found


def kernel_note(blocks: Sequence[str]) -> str:
    """Say which blocks of a chat model run in the notebook's own process from now on."""
    names = " and ".join(filter(None, [", ".join(blocks[:-1]), blocks[-1]]))
    return (
        f"What the chat model wrote ({names}) runs in the notebook's own process from now on, with your rights. "
        "The cells of these blocks show it."
    )
