from dataclasses import replace
from itertools import pairwise

import pytest

from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.phases.search.result import SearchResult
from mlestar_jupyter.phases.search.view import _address
from mlestar_jupyter.planners.base import Idea
from mlestar_jupyter.planners.recipes import RecipePlanner
from mlestar_jupyter.problems.recognition import make_dataset

pytestmark = pytest.mark.fast


@pytest.fixture(scope="module")
def result(churn):
    task = make_dataset(read_table(churn), "Churn", on_open=lambda reason: None).task
    return SearchResult(task, RecipePlanner().approaches(task, "", 5))


def test_approaches_are_shown_in_their_order_with_points_and_bars(result):
    entries = result.view().sections[0].entries
    assert [e.title for e in entries] == [f"{n} {r.approach.title}" for n, r in enumerate(result.approaches, 1)]
    assert entries[0].share == 1.0
    assert all(first.share >= second.share for first, second in pairwise(entries))


def test_ideas_of_a_chat_model_are_shown_as_unchecked(result):
    with_ideas = replace(result, ideas=[Idea("Naive Bayes", "GaussianNB on all columns", "few rows", "")])
    assert "The chat model wants to try 1 more. Nothing was measured yet." in with_ideas.summary
    (section,) = [s for s in with_ideas.view().sections if s.heading == "Ideas of the model"]
    assert section.text == (
        "Proposed by the chat model, not checked: foundation lets it write each as a solution, and measures that."
    )


def test_every_approach_unfolds_to_its_evidence(result):
    entries = result.view().sections[0].entries
    assert all(len(e.links) == len(r.approach.evidence) > 0 for e, r in zip(entries, result.approaches, strict=True))


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("https://example.org/a", "https://example.org/a"),
        ("arXiv 2506.16791 (TabArena), leaderboard", "https://arxiv.org/abs/2506.16791"),
        ("own measurement", ""),
    ],
)
def test_source_leads_where_it_can_be_read(source, address):
    assert _address(source) == address
