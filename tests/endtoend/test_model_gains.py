"""A whole run in which a chat model's ideas are better than the foundation, with the paper's counts M, T, K, L and R.

The model is scripted, the table, the fits and the tests of its gains are real.
"""

import re
from collections import Counter

import pytest
from sklearn.datasets import load_breast_cancer

from mlestar_jupyter import Workflow
from mlestar_jupyter.core.evaluation import Failed, Scored
from mlestar_jupyter.phases.registry import PHASES
from tests.agents_for_tests import BAYES, VOTE
from tests.planners.llm.server import ScriptedServer, role_of

pytestmark = pytest.mark.slow

M, T, K, L, R = 2, 2, 4, 2, 2
CODED = L * (K + K // 2)  # no recipe is for cleaning; in the features' round they take every second turn
ROWS = 300
PAPER = {
    "search": {"models": M},
    "foundation": {"candidates": 6},
    "ablation": {"blocks": ["cleaning", "features"], "repeats": 1, "steps": False, "pairs": False,
                 "noise_floor": False, "importance": False},
    "refinement": {"iterations": T, "attempts": K, "paths": L, "by_impact": False},
    "ensemble": {"strategies": ["mean"], "members": 3, "rounds": R, "calibrate": False},
}  # fmt: skip
STUMP = (
    "from sklearn.tree import DecisionTreeClassifier\n\n\ndef make_model(**params):\n"
    "    return DecisionTreeClassifier(max_depth={depth}, random_state=0, **params)"
)
NUMBERS = (
    "import pandas as pd\n\n\ndef number(values):\n"
    "    return pd.to_numeric(values.astype(str).str.extract(r'([0-9.]+)')[0]).round({digits})\n\n\n"
    "def clean(X):\n    return X.apply(number)"
)
"""A cleaning block that gains for sure: it reads the first numbers in texts."""
TOTAL = (
    "from sklearn.preprocessing import FunctionTransformer\n\n\n"
    "def add_total(X):\n    return X.assign(total={factor} * X.select_dtypes('number').sum(axis=1))\n\n\n"
    "def make_features():\n    return FunctionTransformer(add_total)"
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
        return {
            "changes": [
                {"block": "features", "label": "total", "source": TOTAL.format(factor=100 + self._next("part"))}
            ]
        }

    def _summariser(self, _):
        return {"summary": f"The cleaning matters most, says look {self._next('look')}."}

    def _extractor(self, prompt):
        open_to_it = re.findall(r"- `block`: one of (.*);", prompt)[-1].split(", ")
        return {
            "block": next(b for b in ("cleaning", "features") if b in open_to_it),
            "plan": f"Read the numbers, number {self._next('target')}.",
        }

    def _planner(self, _):
        return {"plan": f"Another value for it, number {self._next('plan')}."}

    def _coder(self, prompt):
        if "the block cleaning" in prompt:
            return {"label": "numbers", "source": NUMBERS.format(digits=2 + self._next("digits"))}
        return {"label": "total", "source": TOTAL.format(factor=self._next("factor"))}

    def _ensemble_planner(self, _):
        return {"plan": f"Vote by probabilities, number {self._next('vote')}."}

    def _ensembler(self, _):
        weights = f"[{self._next('weight')}] + [1] * (len(members) - 1)"
        return {"label": "vote", "source": VOTE.format(weights=weights)}


def units(frame):
    """Rows of the table with six of its measures, as texts that are not read as numbers."""
    measures = frame.iloc[:ROWS, 20:26].map(lambda value: f"{value:.4f}px@20x")
    return measures.assign(tumour=["benign" if kind else "malignant" for kind in frame["target"][:ROWS]])


@pytest.fixture(scope="module")
def workflow(tmp_path_factory):
    """A run of all phases over tumours whose measures are written with their units, as an export may have them."""
    table = units(load_breast_cancer(as_frame=True).frame)
    with pytest.MonkeyPatch.context() as patch, ScriptedServer(GoodIdeas()) as server:
        patch.setenv("OPENAI_API_KEY", "sk-planted-5c0ffee5")
        folder = tmp_path_factory.mktemp("gains")
        workflow = Workflow(table, "tumour", output=folder, llm="openai:scripted", llm_url=server.url)
        workflow.defaults = PAPER
        workflow.run()
        yield workflow
        workflow.close()


def test_each_role_is_asked_as_often_as_the_parameters_imply(workflow):
    counts = Counter(r.role for r in workflow.journal.replies())
    written = M + 1 + 1 + L * T + CODED + R  # first solutions, a repair, a merge, ablations, blocks, ensembles
    assert counts == {
        "retriever": 1,
        "initial": M,
        "debugger": 1,
        "merger": 1,  # it did not improve: the paper stops there
        "data_usage": 1,
        "ablation": L * T,
        "summariser": L * T,
        "extractor": L * T,
        "planner": CODED - L * T,  # the first plan of a round is the extractor's
        "coder": CODED,
        "ensemble_planner": R,
        "ensembler": R,
        "leakage": written,
    }


def test_attempts_are_those_of_the_parameters(workflow):
    result = workflow.results["refinement"]
    assert [r.path for r in result.rounds] == [1] * T + [2] * T
    assert len(result.attempts) == L * T * K
    assert Counter(a.proposal.author for a in result.attempts) == {"model": CODED, "planner": L * T * K - CODED}


def test_the_models_idea_beats_the_foundation_by_the_earned_test(workflow):
    foundation, refinement = workflow.results["foundation"], workflow.results["refinement"]
    kept = [c for c in refinement.confirmations if c.kept]
    assert all(c.fresh and c.test.mean > 0 for c in kept)
    assert any(c.proven and c.test.p_value < c.p_limit for c in kept)
    assert workflow.score.score > foundation.best.score + 0.1
    (first,) = [a for a in refinement.attempts if a.evaluation.candidate.id == kept[0].id]
    assert (first.proposal.author, first.proposal.block) == ("model", "cleaning")


def test_all_phases_have_run_and_the_sealed_rows_agree(workflow):
    assert list(workflow.results) == list(PHASES)
    sealed, foundation = workflow.results["validation"].holdout.score, workflow.results["foundation"].best.score
    assert sealed > foundation  # of a model that has not seen these rows


def test_a_first_solution_that_failed_was_mended(workflow):
    evaluations = [e for e in workflow.results["foundation"].evaluations if e.candidate.author == "model"]
    assert "Undefined" in next(e.reason for e in evaluations if isinstance(e, Failed))
    assert any("repair 1" in e.candidate.label for e in evaluations if isinstance(e, Scored))
