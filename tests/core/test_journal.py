import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.executors.base import FitFailed, Fitted
from mlestar_jupyter.core.journal import Journal, PhaseRecord, ReplyRecord
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.errors import OutputError
from tests.core.blocks_for_tests import BLOCKS


def _fitted(value=0.25):
    probabilities = np.array([[1 - value, value], [0.5, 0.5]])
    return Fitted(Predictions(np.array([0, 1]), probabilities), None, 1.5, 0.5, 100.0, ("UserWarning: x",))


def test_a_fit_comes_back_to_the_last_bit(tmp_path):
    Journal(tmp_path).add_fit("key", "solution", _fitted(1 / 3), None)
    found = Journal(tmp_path).fit("key", None)
    assert np.array_equal(found.predictions.probabilities, _fitted(1 / 3).predictions.probabilities)
    assert found.warnings == ("UserWarning: x",)


def test_a_failure_comes_back_as_a_failure(tmp_path):
    journal = Journal(tmp_path)
    journal.add_fit("key", "solution", FitFailed("error", "ValueError: x", "trace"), None)
    assert journal.fit("key", None) == FitFailed("error", "ValueError: x", "trace")


def test_a_timeout_counts_only_up_to_its_limit(tmp_path):
    journal = Journal(tmp_path)
    journal.add_fit("key", "solution", FitFailed("timeout", "slow"), 10.0)
    assert journal.fit("key", 10.0) is not None
    assert journal.fit("key", 60.0) is None
    assert journal.fit("key", None) is None


def test_candidates_keep_their_order_author_and_blocks(tmp_path):
    journal = Journal(tmp_path)
    first = Candidate(Solution.of(BLOCKS), "first", None, "planner", "why", "foundation")
    second = Candidate(
        first.solution.with_block("hyperparameters", "PARAMS = {'C': 2}"), "second", first.id, "human", "edit", "human", "hyperparameters"
    )  # fmt: skip
    assert journal.add_candidate(first) == journal.add_candidate(first)
    journal.add_candidate(second)
    assert Journal(tmp_path).candidates() == [first, second]


def test_a_complete_phase_record_stays(tmp_path):
    journal = Journal(tmp_path)
    record = PhaseRecord("token", "foundation", {"candidates": 5}, 5, 12.5, complete=True)
    journal.add_phase(record)
    journal.add_phase(PhaseRecord("token", "foundation", {}, 9, 1.0, complete=True))
    assert journal.phase("token") == record


def test_kill_in_the_middle_of_writing_loses_at_most_the_last_fit(tmp_path):
    program = (
        "import sys; from pathlib import Path; import numpy as np\n"
        "from mlestar_jupyter.core.journal import Journal\n"
        "from mlestar_jupyter.core.executors.base import Fitted\n"
        "from mlestar_jupyter.core.predictions import Predictions\n"
        f"journal = Journal(Path({str(tmp_path)!r}))\n"
        "for i in range(100000):\n"
        "    journal.add_fit(str(i), 's', Fitted(Predictions(np.arange(500.0), None), None, 1, 1, 1), None)\n"
        "    print(i, flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    for _ in range(50):
        last = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    rest = process.stdout.read().split()
    process.wait()
    last = int(rest[-1]) if rest else last
    journal = Journal(tmp_path)
    assert journal.count_fits() >= last + 1
    assert all(isinstance(journal.fit(str(i), None), Fitted) for i in range(last + 1))


def test_full_disk_is_one_line_and_loses_nothing(tmp_path):
    journal = Journal(tmp_path)
    journal.add_fit("kept", "s", _fitted(), None)
    pages = journal._connection.execute("PRAGMA page_count").fetchone()[0]
    journal._connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    big = Fitted(Predictions(np.zeros(100_000), None), None, 1, 1, 1)
    with pytest.raises(OutputError, match=r"The disk is full: .* all finished evaluations are kept"):
        journal.add_fit("lost", "s", big, None)
    assert isinstance(Journal(tmp_path).fit("kept", None), Fitted)


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written .* Choose another one with --output"):
        Journal(tmp_path / "file" / "below")


def test_a_file_that_is_no_journal_is_one_line(tmp_path):
    (tmp_path / "journal.sqlite").write_text("not a database at all, whatever its name says" * 20)
    with pytest.raises(OutputError, match="is no journal"):
        Journal(tmp_path)


def test_events_are_counted_in_order(tmp_path):
    journal = Journal(tmp_path)
    journal.add_event("holdout opened", "validation")
    time.sleep(0)
    journal.add_event("holdout opened", "deployment")
    assert [detail for detail, _ in journal.events("holdout opened")] == ["validation", "deployment"]


def test_an_interrupt_in_the_middle_of_writing_leaves_a_journal_that_writes_on(tmp_path):
    class Interrupts:
        def __str__(self):
            raise KeyboardInterrupt

    journal = Journal(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        journal.put("fact", Interrupts())
    journal.put("fact", 1)
    assert Journal(tmp_path).get("fact") == 1


# --- replies of a chat model ---------------------------------------------------------------------------------------


def _reply(key="key", **changes):
    record = ReplyRecord(
        key, "openai:x", "coder", "refinement", 0, '{"a": "é"}', "", 12, 3, True, 0.25, 1.5, "Say\nit."
    )
    return replace(record, **changes)


def test_a_reply_comes_back_as_it_was(tmp_path):
    Journal(tmp_path).add_reply(_reply())
    found = Journal(tmp_path).reply("key")
    assert replace(found, time="") == _reply()
    assert found.time > "2026"
    assert Journal(tmp_path).reply("other") is None


def test_the_first_reply_stays_and_their_order_is_kept(tmp_path):
    journal = Journal(tmp_path)
    for record in (_reply("b"), _reply("a", reason="refused", text="", cost=None), _reply("b", text="later")):
        journal.add_reply(record)
    assert [(r.key, r.text, r.reason, r.cost) for r in journal.replies()] == [
        ("b", '{"a": "é"}', "", 0.25),
        ("a", "", "refused", None),
    ]


def test_replies_are_added_side_by_side(tmp_path):
    journal = Journal(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: journal.add_reply(_reply(f"{n}")), range(80)))
    assert {r.key for r in journal.replies()} == {f"{n}" for n in range(80)}


def test_a_journal_from_before_replies_is_read(tmp_path):
    journal = Journal(tmp_path)
    journal.put("task", {"id": "x"})
    journal._connection.execute("DROP TABLE replies")
    journal.close()
    again = Journal(tmp_path)
    assert again.replies() == []
    assert again.get("task") == {"id": "x"}
