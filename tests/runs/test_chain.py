"""Whether what a phase says is still true of the present solution."""

import pytest

from mlestar_jupyter.attempts.state import State
from mlestar_jupyter.core.journal import Journal, Link
from mlestar_jupyter.runs.chain import Chain, Done

pytestmark = pytest.mark.fast

FIRST = [
    ("phase", "foundation", "a"),
    ("phase", "ablation", "a"),
    ("phase", "refinement", "b"),
    ("phase", "ensemble", "e"),
]


@pytest.fixture
def chain(tmp_path):
    journal = Journal(tmp_path)
    yield Chain(journal, "begun")
    journal.close()


def after(chain, *steps):
    """The chain with some steps more: kind, name, and the solution with which each ended."""
    for number, (kind, name, about) in enumerate([*FIRST, *steps]):
        chain.done.append(Done(Link(str(number), str(number - 1), kind, name, {}, about, None, ""), State()))
    return chain


@pytest.mark.parametrize("led", ["a", "b"])
def test_more_time_that_ends_with_a_known_solution_leaves_ablation_current(chain, led):
    found = after(chain, ("more", "10 min", led), ("phase", "refinement", "c"), ("phase", "ensemble", "f"))
    assert found.is_current("ablation", "f")


def test_more_time_that_finds_another_solution_does_not(chain):
    found = after(chain, ("more", "10 min", "m"), ("phase", "refinement", "m"), ("phase", "ensemble", "f"))
    assert not found.is_current("ablation", "f")
    assert found.is_current("ensemble", "f")


def test_going_back_and_on_leaves_it_current(chain):
    found = after(chain, ("checkout", "b", "b"), ("phase", "ensemble", "f"))
    assert found.is_current("ablation", "f")
    assert not after(chain, ("adopt", "features", "own")).is_current("ablation", "own")
