import pytest

from mlestar_jupyter.online.base import Reference
from mlestar_jupyter.online.ranking import points, ranked, without_doubles

pytestmark = pytest.mark.fast

TITLE = "Boosted trees on tables: a long comparison"


def reference(title="Other words here entirely", url="https://a.example/x", provider="tavily", **more):
    return Reference(provider, "q", title, url, more.pop("excerpt", ""), retrieved="2026-11-24T00:00:00+00:00", **more)


def test_page_found_by_two_providers_is_kept_once_and_names_both():
    first = reference(TITLE, "https://arxiv.org/abs/2506.15692v1", "arxiv", date="2025-06-18")
    other = reference("Another title", "https://arxiv.org/pdf/2506.15692", "searxng", licence="CC-BY")
    (kept,) = without_doubles([first, other])
    assert (kept.provider, kept.also, kept.title, kept.licence) == ("arxiv", ("searxng",), TITLE, "CC-BY")


def test_titles_that_are_alike_are_one_reference():
    assert len(without_doubles([reference(TITLE), reference(f"{TITLE}!", "https://b.example/y", "github")])) == 1


@pytest.mark.parametrize("other", ["Boosted trees on images: a long survey", "Boosting"])
def test_other_titles_are_other_references(other):
    assert len(without_doubles([reference(TITLE), reference(other, "https://b.example/y")])) == 2


def test_short_titles_are_no_proof():
    assert len(without_doubles([reference("Churn"), reference("Churn", "https://b.example/y")])) == 2


def test_flag_and_count_survive_the_joining():
    (kept,) = without_doubles(
        [reference(TITLE), reference(TITLE, "https://b.example/y", "github", count=9, counted="stars",
                                     contaminated=True, contamination="it names the table")]
    )  # fmt: skip
    assert (kept.count, kept.counted, kept.contaminated) == (9, "stars", True)


def test_double_of_a_double_is_not_kept_again():
    same_title = reference(TITLE, "https://b.example/y")
    assert len(without_doubles([reference(TITLE), same_title, reference("Changed since", "https://b.example/y")])) == 1


@pytest.mark.parametrize(
    ("more", "gain"),
    [
        ({"excerpt": "CatBoost"}, 1.0),
        ({"excerpt": "CatBoost, XGBoost, LightGBM, TabPFN, stacking"}, 3.0),
        ({"excerpt": "tabular classification"}, 2.0),
        ({"date": "2025-01-01"}, 1.0),
        ({"date": "2022"}, 0.5),
        ({"date": "2010-01-01"}, 0.0),
        ({"count": 99}, 1.0),
        ({"count": 10**9}, 2.0),
        ({"also": ("github", "arxiv", "kaggle")}, 2.0),
        ({"contaminated": True}, -4.0),
    ],
)
def test_points_follow_the_stated_rule(churn_task, more, gain):
    assert points(churn_task, reference(**more)) - points(churn_task, reference()) == pytest.approx(gain)


def test_best_are_kept_and_equal_ones_stay_in_their_order(churn_task):
    plain = [reference(f"Words {n}", f"https://a.example/{n}") for n in range(3)]
    best = reference("CatBoost", "https://a.example/best")
    assert ranked(churn_task, [*plain, best], 3) == [best, plain[0], plain[1]]
