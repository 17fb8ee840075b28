"""A family that another package adds: recognised, tuned, varied, drafted, and used in every phase."""

import subprocess
import sys
from pathlib import Path

import pytest

from mlestar_jupyter import Workflow
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.errors import BlockError, MissingExtraError, PluginError
from mlestar_jupyter.families.registry import families
from mlestar_jupyter.planners.llm.sources import read_source
from mlestar_jupyter.planners.recipes import RecipePlanner
from tests.families.contract import FamilyContract
from tests.planners.tables import make_task
from tests.planners.test_recipes import _refine_all, _solution
from tests.plugins_for_tests import installed

ROOT = Path(__file__).parents[2]
SOURCE = """
from mlestar_jupyter.families.base import Family, Replacement
from mlestar_jupyter.families.space import Real

CENTROIDS = Family(
    name="centroids",
    title="Nearest centroids",
    calls=("sklearn.LinearDiscriminantAnalysis",),
    space={"tol": Real(1e-6, 1e-2, log=True)},
    known=({"tol": 1e-3},),
    replacements=(
        Replacement(
            label="curved borders",
            reason="classes of different spread",
            problems=("binary", "multiclass"),
            imports=("from sklearn.naive_bayes import GaussianNB",),
            call="GaussianNB()",
            title="Normal classes, each of its own spread",
            comment="columns as if independent",
        ),
    ),
    peers="boosting",
    swap="centroids",
    card={
        "title": "Nearest centroids",
        "kind": "model",
        "summary": "Borders half way between the means of the classes.",
        "fits": "Few rows.",
        "problems": ["binary", "multiclass"],
        "evidence": [{"claim": "normal classes of one spread", "source": "Fisher, Annals of Eugenics 7", "date": "1936"}],
        "points": 9,
        "requires": [],
        "keywords": ["discriminant"],
        "recipe": {
            "preprocessing": "linear",
            "title": "Borders half way between the classes",
            "params": {"tol": 1e-4},
            "classification": {
                "imports": ["from sklearn.discriminant_analysis import LinearDiscriminantAnalysis"],
                "call": "LinearDiscriminantAnalysis(**params)",
            },
        },
    },
)
ABSENT = Family("absent", "Absent trees", ("absent_trees.AbsentClassifier",), package="absent_trees")
"""
ABSENT = (
    "from absent_trees import AbsentClassifier\n\n\ndef make_model(**params):\n    return AbsentClassifier(**params)\n"
)


@pytest.fixture
def guest(tmp_path):
    parts = [("families", "centroids", "CENTROIDS"), ("families", "absent", "ABSENT")]
    with installed(tmp_path / "guest", SOURCE, *parts):
        yield


class TestPluggedIn(FamilyContract):
    @pytest.fixture
    def family(self, guest):
        return families()["centroids"]


def test_it_is_drafted_tuned_varied_and_put_in_place_of_others(guest):
    task, planner = make_task(), RecipePlanner()
    solution = _solution(task, "centroids")
    assert "LinearDiscriminantAnalysis" in solution.blocks["model"]
    assert '"tol": 0.001,' in planner.refine(task, solution, "hyperparameters", [], "").source
    assert len(planner.sample(task, solution, 2, 1)) == 2
    assert _refine_all(task, solution, "model")[0].label == "curved borders"
    assert "Nearest centroids instead" in [p.label for p in _refine_all(task, _solution(task, "linear"), "model")]


def test_it_goes_through_all_phases(guest, churn, tmp_path):
    workflow = Workflow(churn.head(200), "Churn", name="churn", output=tmp_path / "run", max_agents=2)
    try:
        workflow.search(approaches=4)
        workflow.foundation(candidates=2)
        card = _solution(workflow.task, "centroids")
        assert isinstance(workflow.adopt("model", card.blocks["model"]), Scored)
        with pytest.raises(
            MissingExtraError, match="Absent trees needs the package 'absent_trees'.*pip install absent_trees"
        ):
            workflow.adopt("model", ABSENT)
        workflow.ablation(blocks=["model"], repeats=1, noise_floor=False, importance=False)
        refined = workflow.refinement(blocks=["hyperparameters", "model"], iterations=2, attempts=1, reablate=False)
        assert {"trial 1", "curved borders"} <= {a.proposal.label for a in refined.attempts}
        workflow.ensemble(strategies=["mean"])
        workflow.validation()
        assert workflow.deployment(requests=5).to_dict()
    finally:
        workflow.close()


def test_a_chat_model_may_import_its_package_in_a_model_block_alone(guest):
    assert read_source("model", ABSENT, {}) == ABSENT.strip("\n")
    with pytest.raises(BlockError, match=r"The block 'features' may not import 'absent_trees\.AbsentClassifier'"):
        read_source(
            "features",
            "from absent_trees import AbsentClassifier\n\n\ndef make_features():\n    return AbsentClassifier()\n",
            {},
        )


def test_an_estimator_has_one_family(tmp_path):
    source = SOURCE.replace("sklearn.LinearDiscriminantAnalysis", "sklearn.LogisticRegression")
    with (
        installed(tmp_path / "guest", source, ("families", "centroids", "CENTROIDS")),
        pytest.raises(PluginError) as error,
    ):
        families()
    assert str(error.value) == (
        "A package adds the family 'centroids' of models, but sklearn.LogisticRegression belongs to another family. "
        "Uninstall the package, or leave that estimator out."
    )


def test_its_author_inherits_the_contract_suite_as_contributing_says(tmp_path):
    (tmp_path / "pyproject.toml").write_text(f"[tool.pytest.ini_options]\npythonpath = [{str(ROOT)!r}]\n", "utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_mine.py").write_text(
        "import pytest\nfrom mlestar_jupyter.families.registry import families\n"
        "from tests.families.contract import FamilyContract\n\n\nclass TestMine(FamilyContract):\n"
        '    @pytest.fixture\n    def family(self):\n        return families()["ridge"]\n',
        "utf-8",
    )
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-k", "recognised"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert " passed" in ran.stdout, ran.stdout
