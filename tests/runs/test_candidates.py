"""A candidate by the beginning of its id."""

import re

import pytest

from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.errors import SettingError
from tests.runs.conftest import opened


def test_beginning_of_several_ids_names_them(workflow):
    ids = sorted({e.candidate.id for e in workflow.candidates()})
    with pytest.raises(SettingError) as error:
        workflow.find("")
    assert str(error.value) == f"'' fits {len(ids)} candidates: {', '.join(ids)}. Give more of the id."


def test_ensemble_of_an_earlier_session_says_what_makes_it_again(folder):
    workflow = opened(folder)
    workflow.search(), workflow.foundation()
    known = {e.candidate.id for e in workflow.candidates() if isinstance(e, Scored)}
    combined = next(
        e.candidate
        for e in workflow.standing.recorded_candidates()
        if e.candidate.solution.members and e.candidate.id not in known
    )
    with pytest.raises(SettingError) as error:
        workflow.find(combined.id)
    assert re.fullmatch(
        rf"The candidate '{combined.id}' is of an earlier session, and cannot be scored from the fits on record\. "
        "Run the cell that made it; %mlestar show shows what is on record\\.",
        str(error.value),
    )
    workflow.close()
