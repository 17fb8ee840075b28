"""What every executor keeps. A new one adds a subclass with its fixture, and no test."""

import os
import time

import numpy as np
import pandas as pd
import psutil
import pytest

from mlestar_jupyter.core.executor import Executor, FitFailed, FitJob, Fitted, Limits
from mlestar_jupyter.core.explanation import Question
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.problems.forms import Labels
from tests.core.blocks_for_tests import BLOCKS


def _model(body: str) -> Solution:
    return Solution.of({**BLOCKS, "model": f"def make_model(**params):\n    {body}"})


GOOD = Solution.of(BLOCKS)
RAISES = _model("raise ValueError('no such luck')")
NAP = ["sleep", f"987.{os.getpid()}"]  # of this test process: others run the same tests beside it
HANGS = _model(f"import subprocess, time; subprocess.Popen({NAP}); time.sleep(60)")
EATS = _model("kept = [bytearray(20_000_000) for _ in range(500)]")
DIES = _model("import os, signal; os.kill(os.getpid(), 9)")
LIES = _model("print('score: 1.0'); raise SystemExit(0)")
READS = _model("import os; raise ValueError(os.environ.get('OPENAI_API_KEY', 'nothing there'))")

WARNS = _model(
    "import warnings; from sklearn.linear_model import LogisticRegression\n"
    "    warnings.warn('own', FutureWarning)\n"
    "    warnings.warn_explicit('inner', FutureWarning, 'library.py', 1, module='library')\n"
    "    warnings.warn_explicit('of the fit', RuntimeWarning, 'library.py', 1, module='library')\n"
    "    return LogisticRegression(**params)"
)


class ExecutorContract:
    @pytest.fixture(autouse=True)
    def _table(self, executor):
        rng = np.random.default_rng(0)
        self.X = pd.DataFrame(rng.normal(size=(120, 3)), columns=["a", "b", "c"])
        self.y = (self.X["a"] > 0).to_numpy().astype(int)
        executor.share("table", self.X)

    def job(self, solution, **more):
        train, test = np.arange(90), np.arange(90, 120)
        return FitJob(
            solution.module_name,
            solution.module_source(),
            "table",
            "table",
            train,
            test,
            self.y[train],
            Labels((0, 1)),
            0,
            **more,
        )

    def run(self, executor, *solutions, limits=None):
        return list(executor.run([self.job(s) for s in solutions], limits or Limits(30, 2000)))

    def test_it_follows_the_protocol(self, executor):
        assert isinstance(executor, Executor)
        assert executor.workers >= 1
        assert all(isinstance(sentence, str) for sentence in executor.cannot_isolate)

    def test_warming_up_twice_is_free(self, executor):
        executor.warm_up()
        executor.warm_up()
        assert isinstance(self.run(executor, GOOD)[0], Fitted)

    def test_never_more_jobs_run_than_it_has_workers(self, executor):
        heard = []
        jobs = [self.job(GOOD) for _ in range(executor.workers + 2)]
        list(executor.run(jobs, Limits(30), watch=lambda running: heard.append(len(running))))
        assert max(heard) <= executor.workers

    def test_jobs_that_must_be_alone_run_one_after_another_beside_others(self, executor):
        heard = []
        kinds = [True, True, False, True, False]
        jobs = [self.job(GOOD, is_alone=alone) for alone in kinds]

        def watch(running):
            heard.append(sum(kinds[position] for position, _ in running))

        results = list(executor.run(jobs, Limits(30), watch=watch))
        assert all(isinstance(result, Fitted) for result in results)
        assert max(heard) == 1

    def test_a_model_lies_where_it_was_wanted_when_its_result_comes(self, executor, tmp_path):
        wanted = tmp_path / "model.joblib"
        (result,) = executor.run([self.job(GOOD, model_path=str(wanted))], Limits(30, 2000))
        assert isinstance(result, Fitted)
        assert wanted.stat().st_size > 0

    def test_an_isolated_job_gives_the_same_bits(self, executor):
        if executor.cannot_isolate:
            pytest.skip(executor.cannot_isolate[0])
        (free,), (shut,) = self.run(executor, GOOD), self.run(executor, GOOD, limits=Limits(30, 2000, isolated=True))
        assert np.array_equal(free.predictions.columns, shut.predictions.columns)

    def test_predictions_come_back_for_the_rows_asked(self, executor):
        (result,) = self.run(executor, GOOD)
        assert isinstance(result, Fitted)
        assert result.predictions.columns.shape == (30, 2)
        assert (result.predictions.values == self.y[90:]).mean() > 0.8
        assert result.peak_mb >= 0

    def test_answer_comes_back_for_every_column_asked_about(self, executor):
        question = Question(("a", "b"), 2, 10, 0)
        (result,) = executor.run([self.job(GOOD, question=question)], Limits(30, 2000))
        assert [[len(p) for p in repeats] for repeats in result.answer.shuffled] == [[30, 30], [30, 30]]

    def test_results_come_in_the_order_of_the_jobs(self, executor):
        results = self.run(executor, GOOD, RAISES, GOOD)
        assert [type(r) for r in results] == [Fitted, FitFailed, Fitted]

    def test_same_job_gives_the_same_bits(self, executor):
        first, second = self.run(executor, GOOD, GOOD)
        assert np.array_equal(first.predictions.columns, second.predictions.columns)

    def test_an_error_costs_that_job_alone_and_says_what_it_was(self, executor):
        results = self.run(executor, RAISES, GOOD)
        assert results[0].kind == "error"
        assert "no such luck" in results[0].reason
        assert "make_model" in results[0].traceback
        assert isinstance(results[1], Fitted)

    def test_what_is_to_change_in_a_library_is_said_only_where_the_solution_brings_it_about(self, executor):
        (result,) = self.run(executor, WARNS)
        assert result.warnings == ("FutureWarning: own", "RuntimeWarning: of the fit")

    def test_a_crash_costs_that_job_alone(self, executor):
        results = self.run(executor, DIES, GOOD)
        assert results[0].kind == "crash"
        assert "signal 9" in results[0].reason
        assert isinstance(results[1], Fitted)

    def test_a_hanging_job_is_killed_with_its_children(self, executor):
        results = self.run(executor, HANGS, GOOD, limits=Limits(4, 2000))
        assert results[0].kind == "timeout"
        assert isinstance(results[1], Fitted)
        assert not [p for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == NAP]

    def test_a_job_past_its_memory_is_stopped(self, executor):
        results = self.run(executor, EATS, GOOD, limits=Limits(30, 900))
        assert results[0].kind == "memory"
        assert isinstance(results[1], Fitted)

    def test_leaving_early_is_no_success(self, executor):
        (result,) = self.run(executor, LIES)
        assert isinstance(result, FitFailed)

    def test_workers_have_no_keys(self, executor_with_key):
        executor_with_key.share("table", self.X)
        (result,) = self.run(executor_with_key, READS)
        assert "nothing there" in result.reason

    def test_a_deadline_ends_the_list(self, executor):
        self.run(executor, GOOD)
        start = time.monotonic()
        jobs = [self.job(HANGS) for _ in range(6)]
        assert list(executor.run(jobs, Limits(60), time.monotonic() + 0.5)) == []
        assert time.monotonic() - start < 5

    def test_closing_leaves_no_process(self, executor):
        others = {p.pid for p in psutil.Process(os.getpid()).children(recursive=True)}  # kernels of other tests, say
        self.run(executor, GOOD)
        before = {p.pid for p in psutil.Process(os.getpid()).children(recursive=True)} - others
        executor.close()
        alive = {p.pid for p in psutil.Process(os.getpid()).children(recursive=True) if p.status() != "zombie"}
        assert before
        assert not (before & alive)

    def test_watch_hears_which_jobs_run_and_for_how_long(self, executor):
        heard = []
        list(executor.run([self.job(GOOD), self.job(HANGS)], Limits(1), watch=lambda running: heard.append([*running])))
        seconds = [dict(running)[1] for running in heard if 1 in dict(running)]
        assert seconds
        assert seconds == sorted(seconds)
        assert seconds[-1] > 0.5

    def test_watch_hears_at_the_end_that_nothing_runs(self, executor):
        heard = []
        list(executor.run([self.job(GOOD)], Limits(30), watch=lambda running: heard.append([*running])))
        assert heard[-1] == []

    def test_what_watch_raises_ends_the_jobs_and_not_the_executor(self, executor):
        def stop(running):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            list(executor.run([self.job(HANGS)], Limits(30), watch=stop))
        (result,) = self.run(executor, GOOD)
        assert isinstance(result, Fitted)
        assert not [p for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == NAP]
