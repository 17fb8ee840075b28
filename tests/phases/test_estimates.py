"""What each phase says that it will evaluate, held against what it then put on record."""

import pytest

PHASES = ("search", "foundation", "ablation", "refinement", "ensemble")
SMALL = {
    "foundation": {"candidates": 3},
    "ablation": {"repeats": 2, "importance": False},
    "refinement": {"iterations": 2, "attempts": 2},
    "ensemble": {"strategies": ("mean", "greedy", "affine", "recent")},
}
CASES = {
    "binary": ("churn", 0, {}),
    "numbers": ("charge", 1, {"ablation": {"repeats": 1, "pairs": False, "stop_early": False, "importance": False}}),
    "classes": ("plan", 2, {"refinement": {"iterations": 1, "attempts": 3, "by_impact": False}}),
    "few": ("churn", 0, {
        "foundation": {"candidates": 4, "max_evaluations": 3}, "ablation": {"max_evaluations": 4, "importance": False},
        "refinement": {"max_evaluations": 2, "iterations": 1}, "ensemble": {"max_evaluations": 1},
    }),
}  # fmt: skip


def opened(folder, target, seed, defaults, **given):
    from mlestar_jupyter import Workflow
    from tests.runs.conftest import small_table
    from tests.workers_for_tests import workers

    workflow = Workflow(small_table(), target, output=folder, seed=seed, executor=workers(), **given)
    workflow.defaults.update(SMALL | defaults)
    return workflow


def run_beside_its_estimate(workflow, name):
    """The estimate right before a phase, the ids of the candidates that it put on record, and its new fits."""
    from mlestar_jupyter.core.events import FoldDone
    from mlestar_jupyter.reports.plan import estimates

    estimate, known, fits = dict(estimates(workflow.standing))[name], len(workflow.journal.candidates()), []
    stop = workflow.listen(lambda event: fits.append(event) if isinstance(event, FoldDone) else None)
    workflow.run_phase(name)
    stop()
    return estimate, {c.id for c in workflow.journal.candidates()[known:]}, len(fits)


@pytest.fixture(scope="module", params=CASES)
def compared(request, tmp_path_factory):
    """Estimates beside what came of them, phase by phase, and what was estimated at the start."""
    from mlestar_jupyter.reports.plan import estimates

    target, seed, defaults = CASES[request.param]
    workflow = opened(tmp_path_factory.mktemp(request.param) / "run", target, seed, defaults)
    at_start = dict(estimates(workflow.standing))
    yield {name: (*run_beside_its_estimate(workflow, name), at_start[name]) for name in PHASES}
    workflow.close()


def test_bounds_hold_what_each_phase_then_put_on_record(compared):
    wrong = {
        name: (str(estimate.candidates), len(candidates))
        for name, (estimate, candidates, _, _) in compared.items()
        if len(candidates) not in estimate.candidates
    }
    assert wrong == {}


def test_no_phase_makes_more_fits_than_it_said(compared):
    wrong = {n: (e.fits, fits) for n, (e, _, fits, _) in compared.items() if e.fits is not None and fits > e.fits}
    assert wrong == {}


def test_bounds_at_the_start_hold_as_well(compared):
    wrong = {n: str(s.candidates) for n, (_, found, _, s) in compared.items() if len(found) not in s.candidates}
    assert wrong == {}


def test_without_a_time_limit_search_foundation_and_ablation_are_known_to_the_last_candidate(compared):
    for name in ("search", "foundation"):
        estimate, candidates, _, _ = compared[name]
        assert estimate.candidates.low == estimate.candidates.high == len(candidates)
    estimate, candidates, _, _ = compared["ablation"]
    assert estimate.candidates.high == len(candidates)
    assert estimate.candidates.high - estimate.candidates.low <= 3  # the pairs, where blocks can be done without


def test_within_a_time_limit_the_estimate_says_that_time_decides(tmp_path):
    workflow = opened(tmp_path / "run", "churn", 0, {"foundation": {"candidates": 25}}, timeout=8)
    for name in ("foundation", "ablation"):
        estimate, candidates, _ = run_beside_its_estimate(workflow, name)
        assert len(candidates) in estimate.candidates
        assert "the time" in estimate.depends
    workflow.close()
