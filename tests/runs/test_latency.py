from mlestar_jupyter import Workflow
from tests.runs.conftest import opened, small_table
from tests.workers_for_tests import workers


def test_limit_for_a_row_is_part_of_the_plan_and_a_replay_uses_the_same(tmp_path):
    workflow = opened(tmp_path / "run", max_latency=0.01)
    first = workflow.foundation()
    assert "No solution is fast enough for --max-latency 0.01. The fastest is used: " in first.summary
    assert first.table["row ms"].notna().all()
    assert (first.table["rows/s"] > 0).all()
    reading = workflow.journal.get("milliseconds to read a row")
    assert 0 < reading < 1000
    workflow.close()
    again = Workflow.resume(tmp_path / "run", small_table(), executor=workers())
    assert again.options["max_latency"] == 0.01
    assert again.results["foundation"].summary == first.summary
    assert again.journal.get("milliseconds to read a row") == reading
    again.close()


def test_validation_has_the_limit_of_the_start(tmp_path):
    workflow = opened(tmp_path / "run", max_latency=0.01)
    workflow.foundation()
    limits = []
    for given in ({}, {"max_latency": 5000}):
        (gate,) = [g for g in workflow.validation(**given).gates if g.name == "latency"]
        limits.append((gate.status, gate.limit))
    assert limits == [("fail", "< 0.01 ms"), ("pass", "< 5,000 ms")]
    workflow.close()
