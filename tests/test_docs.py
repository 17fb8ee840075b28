import ast
import re
import runpy
from pathlib import Path

import pytest

from mlestar_jupyter.checks.registry import detectors
from mlestar_jupyter.config import read_start
from mlestar_jupyter.core.blocks import BLOCKS, PIPELINE_BLOCKS, read_marker
from mlestar_jupyter.core.build import make_splitter
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.ensembles.strategies import strategies
from mlestar_jupyter.knowledge import recipes
from mlestar_jupyter.phases.registry import PHASES
from mlestar_jupyter.planners.variants import PREPROCESSING_REASONS
from tests.planners.tables import make_task

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.glob("*.md"), *ROOT.glob("*.md"), *(ROOT / "examples").glob("**/*.md")])


def fences(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def documented_blocks() -> dict[str, str]:
    """The example of each block, by its marker."""
    return {read_marker(code): code for code in fences(DOCS / "writing-blocks.md", "python")}


def test_tables_are_those_of_the_registries():
    """`python docs/tables.py` writes them."""
    tables = runpy.run_path(str(DOCS / "tables.py"))
    text = tables["PAGE"].read_text(encoding="utf-8")
    assert text.count("<!-- table: ") == len(PHASES) + 4
    assert tables["with_tables"](text) == text


def test_every_block_is_documented():
    text = (DOCS / "writing-blocks.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in text and kind.defines in text for name, kind in BLOCKS.items())
    assert sorted(documented_blocks()) == sorted(BLOCKS)


def test_every_technique_of_the_recipes_is_documented():
    text = (DOCS / "techniques.md").read_text(encoding="utf-8")
    names = [*recipes.feature_techniques(make_task()), *PREPROCESSING_REASONS]
    assert [name for name in names if not re.search(rf"\b{name}\b", text)] == []


def test_every_check_has_its_section():
    headings = dict(re.findall(r"^## (\w+): (.+)$", (DOCS / "checks.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert headings == {d.code: d.title[0].lower() + d.title[1:] for d in detectors().values()}


def test_every_strategy_has_its_row_in_the_order_in_which_they_are_tried():
    text = (DOCS / "ensembles.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == ["strategies", *strategies()]


def test_documented_blocks_make_a_solution_that_fits(churn):
    blocks = documented_blocks()
    single = Solution.of({name: source for name, source in blocks.items() if name != "ensemble"})
    single.check()
    X, y = churn.drop(columns="Churn"), (churn["Churn"] == "Yes").to_numpy(int)
    train, test = next(iter(make_splitter(single.blocks["validation"]).split(X, y)))
    fitted = single.build().fit(X.iloc[train], y[train])
    assert fitted.score(X.iloc[test], y[test]) > 0.7

    other = single.with_block("hyperparameters", "PARAMS = {}")
    ensemble = Solution.of(blocks, members=(single, other)).build().fit(X.iloc[train], y[train])
    assert ensemble.predict_proba(X.iloc[test]).shape == (len(test), 2)
    assert set(PIPELINE_BLOCKS) < set(blocks)


def test_documented_configuration_is_read(tmp_path):
    (example,) = [c for c in fences(DOCS / "magics.md", "yaml") if c.startswith("variables:")]
    path = tmp_path / "run.yaml"
    path.write_text(example, encoding="utf-8")
    start = read_start(path, {})
    assert start.target == "Churn"
    assert start.settings["ablation"] == {"repeats": 3}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_code_in_the_docs_compiles(page):
    for code in fences(page, "python"):
        assert ast.parse(code).body


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_in_the_docs_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    assert [t for t in targets if not (page.parent / t).exists()] == []


def test_every_test_that_a_known_fault_names_is_there():
    text = (DOCS / "known-faults.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)
    assert len(named) > 20
    assert [n for n in named if f"def {n[1]}(" not in (ROOT / n[0]).read_text(encoding="utf-8")] == []
