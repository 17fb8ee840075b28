from itertools import pairwise

import pytest

from mlestar_jupyter.core.events import Work
from mlestar_jupyter.display.live import Live, chart, clock
from mlestar_jupyter.problems.recognition import find_metric

pytestmark = pytest.mark.fast

AUC, RMSE = find_metric("auc", "binary"), find_metric("rmse", "regression")


def live(**changed):
    known = {
        "phase": "refinement", "elapsed": 12.0, "seconds": None, "done": 3, "total": 10, "count": 2,
        "scores": (0.7, 0.8), "best": "a <tree>", "work": (), "lines": (), "metric": AUC,
    } | changed  # fmt: skip
    return Live(**known)


def path_of(line):
    """The heights that a line passes, from left to right."""
    return [float(point.split(",")[1]) for point in line.split()]


def test_there_is_no_chart_before_there_are_two_scores():
    assert chart([], AUC) is None
    assert chart([0.5], AUC) is None


@pytest.mark.parametrize("metric", [AUC, RMSE])
def test_line_of_the_best_never_falls(metric):
    heights = path_of(chart([0.7, 0.6, 0.9, 0.8], metric).line)
    assert all(later <= earlier for earlier, later in pairwise(heights))  # y grows downwards


def test_lower_is_higher_in_the_chart_where_lower_is_better():
    (_, first), (_, second) = chart([2.0, 1.0], RMSE).dots
    assert second < first


def test_every_dot_is_inside():
    drawn = chart([0.5, 0.8, 0.81, 0.82, 0.79], AUC)
    assert all(0 < x < drawn.width and 0 < y < drawn.height for x, y in drawn.dots)


def test_equal_scores_can_be_drawn():
    assert len(chart([0.5, 0.5], AUC).dots) == 2


def test_chart_says_in_words_what_it_draws():
    assert chart([2.0, 1.0, 3.0], RMSE).alt == f"Best {RMSE.label} so far over 3 candidates: 2 first, 1 now"


def test_long_runs_are_cut_to_the_last_points():
    assert len(chart([0.5 + i / 1e4 for i in range(500)], AUC).dots) == 200


def test_best_score_is_the_lowest_where_lower_is_better():
    assert live(metric=RMSE, scores=(2.0, 1.0, 3.0), best="b").best_score.endswith("1: b")
    assert live(scores=()).best_score == "no score yet"


def test_time_left_is_said_where_there_is_a_limit():
    assert live().time == "12 s elapsed"
    assert live(seconds=100).time == "12 s elapsed, at most 88 s left"
    assert live(seconds=10).time == "12 s elapsed, at most 0 s left"


@pytest.mark.parametrize(("seconds", "text"), [(0.9, "0 s"), (99.9, "99 s"), (100, "1:40 min"), (3605, "60:05 min")])
def test_clock(seconds, text):
    assert clock(seconds) == text


def test_workers_are_rows_at_most_eight():
    work = tuple(Work(f"candidate {i}", i, 12, 1.4) for i in range(12))
    html = live(work=work).html()
    assert html.count("▸ worker") == 8
    assert "worker 8: candidate 7, fold 7 of 12, 1 s" in html


def test_labels_are_escaped():
    assert "a &lt;tree&gt;" in live().html()


def test_bar_has_no_value_before_the_first_fit():
    assert "preparing" in live(total=0).html()
    assert '<progress value="3" max="10"' in live().html()
