import pytest

from mlestar_jupyter import Workflow
from mlestar_jupyter.errors import SettingError
from mlestar_jupyter.studies.attribution import ARMS, Outcome, StudyResult

FITS = 15


@pytest.fixture(scope="module")
def study(churn, tmp_path_factory):
    """Two seeds of 120 rows, with few fits."""
    folder = tmp_path_factory.mktemp("study") / "run"
    workflow = Workflow(churn[:160], "Churn", output=folder, test=0)
    workflow.defaults["foundation"] = {"candidates": 3}
    result = workflow.study(seeds=2, fits=FITS)
    yield workflow, result
    workflow.close()


@pytest.mark.slow
def test_every_arm_runs_for_every_seed_from_the_same_solution(study):
    _, result = study
    assert {(o.seed, o.arm) for o in result.outcomes} == {(seed, arm) for seed in (0, 1) for arm in ARMS}
    for seed in (0, 1):
        assert len({o.before for o in result.outcomes if o.seed == seed}) == 1


@pytest.mark.slow
def test_arms_spend_their_fits_and_off_spends_none(study):
    _, result = study
    for outcome in result.outcomes:
        if outcome.arm == "off":
            assert (outcome.fits, outcome.kept, outcome.after) == (0, 0, outcome.before)
        else:
            assert FITS <= outcome.fits <= FITS + 40 + 30  # a round ends what it has begun


@pytest.mark.slow
def test_a_study_that_ended_is_not_run_again(study):
    workflow, result = study
    assert workflow.study(seeds=2, fits=FITS).outcomes == result.outcomes


@pytest.mark.slow
def test_view_names_every_way_with_its_interval(study):
    _, result = study
    text = result.view().text()
    assert all(arm in text for arm in ARMS)
    assert "judged by rows held out" in text


def _outcomes(metric_gains):
    return [
        Outcome("table", seed, arm, 0.5, 0.5 + gain, gain, 1, 100)
        for arm, gains in zip(ARMS, metric_gains, strict=True)
        for seed, gain in enumerate(gains)
    ]


@pytest.mark.fast
def test_sentence_says_what_the_intervals_say(churn_task):
    metric = churn_task.metric
    clear = StudyResult(_outcomes([[0.10, 0.11, 0.12], [0.01, 0.0, 0.01], [0.0, 0.01, 0.0], [0, 0, 0]]), metric, 100)
    assert clear.summary == (
        "Four ways to spend 100 fits, over 3 seeds, judged by rows held out: "
        "targeted refinement is better than random block and all at once and off."
    )
    behind = StudyResult(_outcomes([[0, 0, 0], [0.10, 0.11, 0.12], [0.0, 0.01, 0.0], [0.0, 0.01, 0.0]]), metric, 100)
    assert behind.summary.endswith("Targeted refinement is worse than random block.")
    none = StudyResult(_outcomes([[0.0, 0.1, 0.0], [0.0, 0.05, 0.02], [0.1, 0.0, 0.0], [0, 0, 0]]), metric, 100)
    assert "there is no clear difference between targeted refinement and the others." in none.summary


def test_one_seed_is_refused(workflow):
    with pytest.raises(SettingError, match="seeds is 1"):
        workflow.study(seeds=1)


@pytest.mark.fast
def test_view_says_in_what_unit_and_how_it_was_compared(churn_task):
    gains = [[0.10, 0.11, 0.12], [0.01, 0.0, 0.01], [0.0, 0.01, 0.0], [0, 0, 0]]
    view = StudyResult(_outcomes(gains), churn_task.metric, 100).view()
    gained, against, _ = view.sections
    assert gained.text == (
        "Gain in roc_auc. The fits of the ablation count as the targeted arm's. "
        "A change is kept by the same test in all arms."
    )
    assert (against.heading, against.text) == ("Does targeting pay?", "Paired by seed.")
