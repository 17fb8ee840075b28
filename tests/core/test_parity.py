"""One fitted solution answers the same for the same rows, whatever asks and however they come."""

import itertools

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.core.frames_for_tests import tables
from tests.core.parity_for_tests import from_file, from_frame, from_processes, workers

LIMIT = 1e-9
NAMES = (f"table{n}" for n in itertools.count())


def few(cases):
    return settings(
        max_examples=cases, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip


@pytest.fixture(scope="module")
def executor():
    with workers() as executor:
        yield executor


@few(15)
@given(drawn=tables())
def test_worker_model_and_reloaded_model_agree_on_a_frame_of_any_types(executor, tmp_path_factory, drawn):
    found = from_frame(drawn, executor, tmp_path_factory.mktemp("frame"), next(NAMES))
    assert max(found.values()) <= LIMIT


@few(15)
@given(drawn=tables(plain=True))
def test_worker_model_and_reloaded_model_agree_on_a_file_of_any_format(executor, tmp_path_factory, drawn):
    found = from_file(drawn, executor, tmp_path_factory.mktemp("file"), next(NAMES))
    assert max(found.values()) <= LIMIT


@pytest.mark.slow
@few(3)
@given(drawn=tables(plain=True))
def test_script_and_service_agree_with_the_worker(executor, tmp_path_factory, drawn):
    found = from_processes(drawn, executor, tmp_path_factory.mktemp("processes"), next(NAMES))
    assert max(found.values()) <= LIMIT
