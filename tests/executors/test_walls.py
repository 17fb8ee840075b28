"""Walls around workers: what breaks against them, what passes, and that nothing outside is touched."""

import os
import re
import socket
import subprocess
import sys
import time

import joblib
import numpy as np
import pandas as pd
import psutil
import pytest

from mlestar_jupyter.core.build import load_module
from mlestar_jupyter.core.executor import FitFailed, FitJob, Fitted, Limits
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.executors.local.executor import LocalExecutor
from mlestar_jupyter.executors.local.walls import Wall, Walls, walls
from mlestar_jupyter.problems.forms import Labels, Number
from tests.core.blocks_for_tests import BLOCKS
from tests.executors.breakouts import BREAKOUTS, EXCESS, Breakout
from tests.executors.world import World

pytestmark = pytest.mark.skipif(bool(walls().missing), reason=" ".join(walls().missing))

WALLED = Limits(30, 1500, isolated=True)
ROWS = np.arange(120)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("home"))
    yield world
    world.close()


@pytest.fixture(scope="module")
def executor():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", "sk-planted")
        executor = LocalExecutor(1)
        executor.share("table", TABLE)
        executor.warm_up()
        yield executor
        executor.close()


TABLE = pd.DataFrame(np.random.default_rng(0).normal(size=(120, 3)), columns=["a", "b", "c"])
Y = (TABLE["a"] > 0).to_numpy(int)


def job(model: str, **more) -> FitJob:
    solution = Solution.of({**BLOCKS, "model": model})
    given = {
        "train_table": "table", "test_table": "table", "train_rows": ROWS[:90], "test_rows": ROWS[90:], "y": Y[:90],
        "form": Labels((0, 1)), "seed": 0,
    }  # fmt: skip
    return FitJob(solution.module_name, solution.module_source(), **{**given, **more})


def run(executor, model: str, limits: Limits = WALLED, **more):
    (result,) = executor.run([job(model, **more)], limits)
    return result


def tried(breakout: Breakout, world: World, executor: LocalExecutor, limits: Limits = WALLED) -> str:
    """The reason for which an attempt failed, after a look at the world."""
    before = world.state()
    result = run(executor, breakout.source(**world.names()), limits)
    assert isinstance(result, FitFailed)
    assert world.state() == before
    assert not any(secret in str(result) for secret in ("PRIVATE KEY", "sk-planted", "root:"))
    return result.reason


@pytest.mark.parametrize("breakout", BREAKOUTS, ids=lambda b: b.name)
def test_attempt_fails_and_changes_nothing(breakout, world, executor):
    reason = tried(breakout, world, executor)
    assert "GOT" not in reason
    assert re.search(breakout.outcome, reason)


@pytest.mark.parametrize("breakout", [b for b in BREAKOUTS if b.works_without], ids=lambda b: b.name)
def test_attempt_is_real_for_it_works_without_walls(breakout, world, executor):
    if "/proc/" in breakout.body and os.geteuid() != 0:
        pytest.skip("the kernel may keep a user's processes apart by itself")
    result = run(executor, breakout.source(**world.names()), Limits(30, 1500))
    assert "GOT" in result.reason


@pytest.mark.parametrize("breakout", EXCESS, ids=lambda b: b.name)
def test_excess_is_stopped_and_the_next_job_runs(breakout, world, executor):
    reason = tried(breakout, world, executor, Limits(6 if "took" not in breakout.outcome else 1, 900, isolated=True))
    assert re.search(breakout.outcome, reason)
    assert isinstance(run(executor, BLOCKS["model"]), Fitted)


@pytest.mark.parametrize("name", ["read a private key", "send over TCP", "fork"])
def test_walls_stand_around_a_process_a_job_too(name, world):
    (breakout,) = [b for b in BREAKOUTS if b.name == name]
    executor = LocalExecutor(1, fork=False)
    executor.share("table", TABLE)
    try:
        assert re.search(breakout.outcome, tried(breakout, world, executor))
        assert isinstance(run(executor, BLOCKS["model"]), Fitted)
    finally:
        executor.close()


# --- claims -------------------------------------------------------------------------------------------------------

CLAIM = """
import json, os
import numpy as np

def make_model(**params):
    {body}
    open("report.json", "w").write({report})
    os._exit(0)
"""
GOOD = 'json.dumps({"fit_seconds": -1e9, "predict_seconds": 1e300, "warnings": ["x" * 9999] * 99, "score": 1.0})'
ZEROS = 'np.save("values.npy", np.zeros(30, dtype=int)); np.save("columns.npy", np.eye(2)[np.zeros(30, int)])'
BAD_CLAIMS = {
    "no predictions": ("pass", GOOD),
    "a pickle": (
        "Bomb = type('Bomb', (), {'__reduce__': lambda s: (os.mkdir, ('<outside>/bomb',))}); "
        "np.save('values.npy', np.array([Bomb()] * 30), allow_pickle=True)",
        GOOD,
    ),
    "too few": ("np.save('values.npy', np.zeros(29, int))", GOOD),
    "too many": ("np.save('values.npy', np.zeros(3_000_000, int))", GOOD),
    "missing values": ("np.save('values.npy', np.full(30, np.nan))", GOOD),
    "unknown classes": ("np.save('values.npy', np.full(30, 7))", GOOD),
    "texts": ("np.save('values.npy', np.full(30, 'yes'))", GOOD),
    "an archive": ("np.savez('values.npz', a=1); os.rename('values.npz', 'values.npy')", GOOD),
    "a folder": ("os.mkdir('values.npy')", GOOD),
    "a size that is none": (
        "np.save('v.npy', np.zeros(30, int)); b = open('v.npy', 'rb').read(); "
        "open('values.npy', 'wb').write(b.replace(b'(30,)', b'(9' + b'9' * 15 + b',)')[:200])",
        GOOD,
    ),
    "no report": (ZEROS, "''"),
    "a deep report": (ZEROS, "'[' * 100_000"),
    "a long report": (ZEROS, "' ' * 2_000_000"),
    "another report": (ZEROS, "'[1, 2]'"),
    "a time that is not a finite number": (ZEROS, '\'{"fit_seconds": NaN, "predict_seconds": 1, "warnings": []}\''),
}


@pytest.mark.parametrize("name", BAD_CLAIMS)
def test_result_that_is_none_is_a_crash(name, world, executor):
    body, report = BAD_CLAIMS[name]
    before = world.state()
    result = run(executor, CLAIM.format(body=body, report=report).replace("<outside>", str(world.folder)))
    assert isinstance(result, FitFailed)
    assert result.kind == "crash"
    assert "no readable result" in result.reason
    assert world.state() == before


def test_claim_in_the_right_form_is_taken_for_predictions_and_nothing_more(executor):
    result = run(executor, CLAIM.format(body=ZEROS, report=GOOD))
    assert isinstance(result, Fitted)
    assert (result.predictions.values == 0).all()
    assert result.fit_seconds == 0
    assert result.predict_seconds < 30
    assert len(result.warnings) <= 5
    assert max(map(len, result.warnings)) < 1000
    assert not hasattr(result, "score")


def test_score_that_is_printed_counts_for_nothing(executor):
    result = run(
        executor, "def make_model(**p):\n    print('Final Validation Performance: 1.0')\n    raise SystemExit(0)"
    )
    assert isinstance(result, FitFailed)


def test_harness_that_is_patched_can_change_predictions_alone(executor):
    source = """
import mlestar_jupyter.core.harness as harness
import mlestar_jupyter.core.metric as metric
from sklearn.dummy import DummyClassifier

def make_model(**params):
    metric.Metric.score = lambda *a, **k: 1.0
    real = harness._predict
    harness._predict = lambda *a: {k: v for k, v in real(*a).items()} | {"score": __import__("numpy").ones(1)}
    return DummyClassifier()
"""
    result = run(executor, source)
    assert isinstance(result, Fitted)
    assert len(set(result.predictions.values)) == 1
    assert not hasattr(result, "score")


def test_nothing_is_called_when_the_job_ends(world, executor):
    source = f"""
import atexit, threading, time
from sklearn.dummy import DummyClassifier

def late():
    while True:
        time.sleep(0.01)
        open("{world.folder}/late", "w")

def make_model(**params):
    atexit.register(late)
    threading.Thread(target=late).start()
    return DummyClassifier()
"""
    before, family = world.state(), len(psutil.Process().children(recursive=True))
    start = time.monotonic()
    assert isinstance(run(executor, source), Fitted)
    assert time.monotonic() - start < 5
    assert world.state() == before
    assert len(psutil.Process().children(recursive=True)) == family


# --- what others left in memory -----------------------------------------------------------------------------------

# The needle's second half lies in the source inverted, so that the search does not find itself.
SCAN = """
def scan(first, inverted):
    first, inverted, found = bytes.fromhex(first), bytes.fromhex(inverted), 0
    for line in open("/proc/self/maps").read().splitlines():
        span, rights = line.split()[:2]
        start, end = (int(n, 16) for n in span.split("-"))
        if not rights.startswith("r") or "[v" in line:
            continue
        with open("/proc/self/mem", "rb", buffering=0) as memory:
            memory.seek(start)
            try:
                body = memory.read(end - start)
            except OSError:
                continue
        place = body.find(first)
        while place >= 0:
            rest = body[place + len(first) : place + len(first) + len(inverted)]
            found += bytes(b ^ 255 for b in rest) == inverted
            place = body.find(first, place + 1)
    return found


def make_model(**params):
    raise RuntimeError(f"found {[scan(*needle) for needle in NEEDLES]}")
"""


def needle(values: np.ndarray) -> tuple[str, str]:
    body = values[:4].tobytes()
    return body[:16].hex(), bytes(b ^ 255 for b in body[16:]).hex()


def test_target_of_another_fold_and_a_holdout_are_not_in_memory():
    rng = np.random.default_rng(1)
    y, holdout = rng.normal(size=120), pd.DataFrame(rng.normal(size=(40, 3)), columns=["a", "b", "c"])
    ridge = "from sklearn.linear_model import Ridge\n\n\ndef make_model(**p):\n    return Ridge()"
    executor = LocalExecutor(1)
    try:
        executor.share("table", TABLE)
        executor.share("holdout", holdout)
        for train, test in ((ROWS[30:], ROWS[:30]), (ROWS[:90], ROWS[90:])):
            known = {"train_rows": train, "test_rows": test, "y": y[train], "form": Number()}
            assert isinstance(run(executor, ridge, **known), Fitted)
        asked = {"test_table": "holdout", "test_rows": np.arange(40), "form": Number(), "y": y[:90]}
        assert isinstance(run(executor, ridge, **asked), Fitted)
        own, others, sealed = needle(y), needle(y[90:]), needle(holdout["a"].to_numpy())
        table = needle(TABLE["a"].to_numpy())
        source = f"NEEDLES = {[own, table, others, sealed]}\n{SCAN}"
        result = run(executor, source, form=Number(), y=y[:90])
    finally:
        executor.close()
    found = [int(n) for n in re.search(r"found \[(.*)\]", result.reason).group(1).split(",")]
    assert found[0] > 0
    assert found[1] > 0
    assert found[2:] == [0, 0]


# --- what passes --------------------------------------------------------------------------------------------------

MODELS = {
    "forest": "from sklearn.ensemble import RandomForestClassifier as M\nARGUMENTS = dict(n_estimators=20, n_jobs=2, random_state=0)",
    "boosting": "from sklearn.ensemble import HistGradientBoostingClassifier as M\nARGUMENTS = dict(max_iter=20)",
    "lightgbm": "from lightgbm import LGBMClassifier as M\nARGUMENTS = dict(n_estimators=20, n_jobs=2, verbose=-1)",
    "xgboost": "from xgboost import XGBClassifier as M\nARGUMENTS = dict(n_estimators=20, n_jobs=2)",
    "catboost": "from catboost import CatBoostClassifier as M\nARGUMENTS = dict(iterations=20, thread_count=2)",
    "neighbours": "from sklearn.neighbors import KNeighborsClassifier as M\nARGUMENTS = dict(n_jobs=-1)",
    "network": "from sklearn.neural_network import MLPClassifier as M\nARGUMENTS = dict(max_iter=20, random_state=0)",
    "vectors": "from sklearn.svm import SVC as M\nARGUMENTS = dict(probability=False)",
    "search": (
        "from sklearn.linear_model import LogisticRegression\nfrom sklearn.model_selection import GridSearchCV\n\n\n"
        "def M(**p):\n    return GridSearchCV(LogisticRegression(), {'C': [0.1, 1.0]}, **p)\n\n\nARGUMENTS = dict(n_jobs=2)"
    ),
    "stack": (
        "from sklearn.ensemble import StackingClassifier, ExtraTreesClassifier\n\n\n"
        "def M(**p):\n    return StackingClassifier([('a', ExtraTreesClassifier(10, random_state=0))], **p)\n\n\n"
        "ARGUMENTS = dict(n_jobs=2)"
    ),
    "imports": (
        "import asyncio, zoneinfo\nimport pandas as pd\nimport scipy.optimize, scipy.signal, skrub, statistics\n"
        "from sklearn.dummy import DummyClassifier\n\n\n"
        "def M(**p):\n    pd.Timestamp('2026-01-01', tz=zoneinfo.ZoneInfo('Europe/Paris'))\n    asyncio.run(asyncio.sleep(0))\n"
        "    return DummyClassifier()\n\n\nARGUMENTS = {}"
    ),
}  # fmt: skip
END = "\n\n\ndef make_model(**params):\n    return M(**ARGUMENTS, **params)\n"


@pytest.mark.parametrize("name", MODELS)
def test_model_gives_the_same_behind_walls(name, executor):
    walled, free = (run(executor, MODELS[name] + END, limits) for limits in (WALLED, Limits(30, 1500)))
    assert isinstance(walled, Fitted), walled.reason + walled.traceback
    assert isinstance(free, Fitted)
    assert np.array_equal(walled.predictions.values, free.predictions.values)
    assert not any("ermission" in w for w in walled.warnings)


def test_job_has_a_folder_of_its_own_for_files_and_home(executor):
    source = """
import os, shutil, tempfile
from pathlib import Path
from sklearn.dummy import DummyClassifier

def make_model(**params):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "a").write_text("x")
        os.rename(Path(folder, "a"), "b")
    shutil.copyfile("b", "c")
    Path.home().joinpath("d").mkdir()
    assert Path.home().samefile(".")
    return DummyClassifier()
"""
    assert isinstance(run(executor, source), Fitted)


@pytest.mark.parametrize("fork", [True, False])
def test_fitted_model_comes_out(fork, tmp_path):
    executor = LocalExecutor(1, fork=fork)
    executor.share("table", TABLE)
    wanted = tmp_path / "model.part"
    try:
        result = run(
            executor, MODELS["forest"] + END, Limits(None, 1500, isolated=True), model_path=str(wanted), test_table=None,
            test_rows=None,
        )  # fmt: skip
    finally:
        executor.close()
    assert isinstance(result, Fitted)
    assert list(tmp_path.iterdir()) == [wanted]
    sent = job(MODELS["forest"] + END)
    load_module(sent.module_name, sent.source)
    assert joblib.load(wanted).named_steps["model"].n_estimators == 20


def test_model_that_is_taken_away_is_a_crash(executor, tmp_path):
    source = (
        "from sklearn.dummy import DummyClassifier\nimport os\n\n\nclass Gone(DummyClassifier):\n"
        "    def __getstate__(self):\n        raise OSError('gone')\n\n\ndef make_model(**p):\n    return Gone()"
    )
    result = run(executor, source, model_path=str(tmp_path / "model"), test_table=None, test_rows=None)
    assert isinstance(result, FitFailed)
    assert list(tmp_path.iterdir()) == []


# --- the walls themselves -----------------------------------------------------------------------------------------


def test_finding_out_leaves_this_process_free(tmp_path):
    walls.cache_clear()
    assert walls().missing == ()
    (tmp_path / "file").write_text("x")
    socket.socket().close()
    assert subprocess.run(["true"], check=False).returncode == 0


def test_what_is_missing_is_said_in_words():
    there, gone = Wall(True, "", ""), Wall(False, "macOS has no means against it", "It could open connections")
    found = Walls(there, gone, there)
    assert found.missing == ("It could open connections (macOS has no means against it).",)


def test_walls_that_cannot_be_raised_stop_the_job(tmp_path):
    program = (
        "import threading, pathlib, sys; threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
        "from mlestar_jupyter.executors.local.walls import raise_walls\n"
        "raise_walls(pathlib.Path(sys.argv[1]), ['landlock', 'seccomp'])"
    )
    done = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "a process that has 2 threads cannot be sandboxed" in done.stderr
