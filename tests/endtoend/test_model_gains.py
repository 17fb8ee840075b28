"""A whole run in which a chat model's ideas are better than the foundation, with the paper's counts M, T, K, L and R.

The model is scripted, the table, the fits and the tests of its gains are real.
"""

import re
from collections import Counter

import pytest
from sklearn.datasets import load_digits

from mlestar_jupyter import Workflow
from mlestar_jupyter.core.evaluation import Failed, Scored
from tests.agents_for_tests import BAYES, VOTE
from tests.planners.llm.server import ScriptedServer, role_of

pytestmark = pytest.mark.slow

M, T, K, L, R = 2, 2, 4, 2, 2
ROWS = 400
PAPER = {
    "search": {"models": M},
    "foundation": {"candidates": 6},
    "ablation": {"blocks": ["features", "model"], "repeats": 1, "steps": False, "pairs": False,
                 "noise_floor": False, "importance": False},
    "refinement": {"iterations": T, "attempts": K, "paths": L, "by_impact": False},
    "ensemble": {"strategies": ["mean"], "members": 3, "rounds": R, "calibrate": False},
}  # fmt: skip
STUMP = (
    "from sklearn.tree import DecisionTreeClassifier\n\n\ndef make_model(**params):\n"
    "    return DecisionTreeClassifier(max_depth={depth}, random_state=0, **params)"
)
GOOD = (
    "from sklearn.calibration import CalibratedClassifierCV\nfrom sklearn.pipeline import make_pipeline\n"
    "from sklearn.preprocessing import MinMaxScaler\nfrom sklearn.svm import SVC\n\n\n"
    "def make_model(**params):\n    machine = make_pipeline(MinMaxScaler(), SVC(C={penalty}, gamma='scale'))\n"
    "    return CalibratedClassifierCV(machine, ensemble=False)"
)
INK = (
    "from sklearn.preprocessing import FunctionTransformer\n\n\n"
    "def add_ink(X):\n    return X.assign(ink=(X > {level}).sum(axis=1))\n\n\n"
    "def make_features():\n    return FunctionTransformer(add_ink)"
)
BROKEN = "def make_model(**params):\n    return Undefined()"
_MODEL = {"label": "", "reason": "as found", "hyperparameters": "PARAMS = {}"}


class GoodIdeas:
    """Begins with a stump and a model that fails and is mended; its refinements are what a good engineer would do."""

    def __init__(self) -> None:
        self._count: Counter[str] = Counter()

    def __call__(self, request):
        return getattr(self, f"_{role_of(request)}")(request.prompt)

    def _next(self, name):
        self._count[name] += 1
        return self._count[name]

    def _retriever(self, _):
        return {"models": [{"title": t, "sketch": t, "reason": ""} for t in ("Stump", "Naive Bayes")]}

    def _initial(self, prompt):
        return _MODEL | {"model": BROKEN if "Naive Bayes" in prompt else STUMP.format(depth=1)}

    def _debugger(self, _):
        return {"block": "model", "reason": "a name that is not defined", "source": BAYES}

    def _merger(self, _):
        return _MODEL | {"label": "shallow", "model": STUMP.format(depth=2)}

    def _data_usage(self, _):
        return {"ignored": [], "block": "none"}

    def _leakage(self, _):
        return {"block": "none"}

    def _ablation(self, _):
        return {"changes": [{"block": "features", "label": "ink", "source": INK.format(level=self._next("part"))}]}

    def _summariser(self, _):
        return {"summary": f"The model matters most, says look {self._next('look')}."}

    def _extractor(self, prompt):
        open_to_it = re.findall(r"- `block`: one of (.*);", prompt)[-1].split(", ")
        return {"block": next(b for b in ("model", "features") if b in open_to_it), "plan": f"A smooth boundary, number {self._next('target')}."}

    def _planner(self, _):
        return {"plan": f"Another value for it, number {self._next('plan')}."}

    def _coder(self, prompt):
        if "the block model" in prompt:
            return {"label": "kernel", "source": GOOD.format(penalty=3 * self._next("penalty"))}
        return {"label": "ink", "source": INK.format(level=self._next("level"))}

    def _ensemble_planner(self, _):
        return {"plan": f"Vote by probabilities, number {self._next('vote')}."}

    def _ensembler(self, _):
        weights = f"[{self._next('weight')}] + [1] * (len(members) - 1)"
        return {"label": "vote", "source": VOTE.format(weights=weights)}


@pytest.fixture(scope="module")
def workflow(tmp_path_factory):
    """A run until the ensemble over handwritten digits, half of their pixels: is it an even one?"""
    X, y = load_digits(return_X_y=True, as_frame=True)
    table = X.iloc[:ROWS, ::2].assign(even=["yes" if digit % 2 == 0 else "no" for digit in y[:ROWS]])
    with pytest.MonkeyPatch.context() as patch, ScriptedServer(GoodIdeas()) as server:
        patch.setenv("OPENAI_API_KEY", "sk-planted-5c0ffee5")
        folder = tmp_path_factory.mktemp("gains")
        workflow = Workflow(
            table, "even", metric="neg_log_loss", output=folder, llm="openai:scripted", llm_url=server.url
        )
        workflow.defaults = PAPER
        workflow.run(until="ensemble")
        yield workflow
        workflow.close()


def test_each_role_is_asked_as_often_as_the_parameters_imply(workflow):
    counts = Counter(r.role for r in workflow.journal.replies())
    model_turns = K // 2  # recipes have the others
    written = M + 1 + 1 + L * T + L * T * model_turns + R  # first solutions, a repair, a merge, ablations, blocks, votes
    assert counts == {
        "retriever": 1,
        "initial": M,
        "debugger": 1,
        "merger": 1,  # it did not improve: the paper stops there
        "data_usage": 1,
        "ablation": L * T,
        "summariser": L * T,
        "extractor": L * T,
        "planner": L * T * (model_turns - 1),  # the first plan of a round is the extractor's
        "coder": L * T * model_turns,
        "ensemble_planner": R,
        "ensembler": R,
        "leakage": written,
    }


def test_attempts_are_those_of_the_parameters(workflow):
    result = workflow.results["refinement"]
    assert [r.path for r in result.rounds] == [1] * T + [2] * T
    assert len(result.attempts) == L * T * K
    assert Counter(a.proposal.author for a in result.attempts) == {"model": L * T * K // 2, "planner": L * T * K // 2}


def test_the_models_idea_beats_the_foundation_by_the_earned_test(workflow):
    foundation, refinement = workflow.results["foundation"], workflow.results["refinement"]
    kept = [c for c in refinement.confirmations if c.kept]
    assert kept
    assert all(c.fresh and c.test.p_value < c.p_limit and c.test.mean > 0 for c in kept)
    assert foundation.best.candidate.author == "planner"
    assert workflow.score.score > foundation.best.score
    (first,) = [a for a in refinement.attempts if a.evaluation.candidate.id == kept[0].id]
    assert (first.proposal.author, first.proposal.block) == ("model", "model")


def test_a_first_solution_that_failed_was_mended(workflow):
    evaluations = [e for e in workflow.results["foundation"].evaluations if e.candidate.author == "model"]
    assert "Undefined" in next(e.reason for e in evaluations if isinstance(e, Failed))
    assert any("repair 1" in e.candidate.label for e in evaluations if isinstance(e, Scored))
