import pytest

from mlestar_jupyter.runs.clock import Clock

pytestmark = pytest.mark.fast


def clock(timeout=100.0, **known):
    return Clock(timeout, now=lambda: 0.0, **known)


def test_what_is_left_is_shared_out_among_a_phase_and_those_that_follow():
    shares = clock(reading=1.0, spent=9.0).shares("foundation", "ensemble", ["search"], reserved=20.0)
    assert list(shares) == ["foundation", "ablation", "refinement", "ensemble"]
    assert sum(shares.values()) == pytest.approx(70.0)
    assert shares["foundation"] > shares["refinement"] > shares["ablation"]


def test_a_phase_gets_what_it_needs_whatever_the_limit_as_far_as_a_part_of_that_allows():
    assert clock(1000.0).shares("foundation", "ensemble", [], 0.0)["ensemble"] == pytest.approx(1000 * 0.04 / 0.9)
    assert clock(30.0).shares("foundation", "ensemble", [], 0.0)["ensemble"] == pytest.approx(2.5)
    short = clock(4.0).shares("foundation", "ensemble", [], 0.0)
    assert short["ensemble"] == pytest.approx(0.6)
    assert sum(short.values()) == pytest.approx(4.0)


def test_a_phase_that_is_run_again_gets_its_share_beside_those_that_have_not_run():
    shares = clock().shares("foundation", "ensemble", ["search", "foundation", "ablation"], reserved=0.0)
    assert list(shares) == ["foundation", "refinement", "ensemble"]


def test_a_phase_whose_time_was_used_gets_none_and_the_others_what_is_left():
    shares = clock().shares("refinement", "ensemble", ["ablation"], reserved=0.0, taken_over={"refinement"})
    assert shares == {"refinement": 0.0, "ensemble": 100.0}


def test_where_all_time_was_used_nothing_is_left_to_share():
    assert clock().shares("refinement", "refinement", [], reserved=0.0, taken_over={"refinement"}) == {
        "refinement": 0.0
    }


def test_shares_are_never_below_zero():
    assert clock(spent=200.0).shares("ensemble", "ensemble", [], reserved=5.0) == {"ensemble": 0.0}


def test_without_a_time_limit_there_is_nothing_to_share():
    assert clock(None).shares("foundation", None, [], reserved=0.0) is None


def test_more_time_begins_when_it_is_given_and_goes_to_the_phases_that_run_again():
    found = clock(reading=1.0, spent=150.0)
    found.extend(60.0)
    assert (found.limit, found.left(), found.given) == (211.0, 60.0, 60.0)
    found.again = frozenset({"refinement", "ensemble"})
    shares = found.shares("foundation", None, ["foundation", "refinement", "ensemble"], reserved=10.0)
    assert list(shares) == ["foundation", "refinement", "ensemble"]
    assert sum(shares.values()) == pytest.approx(50.0)


def test_a_clock_can_stand_as_it_stood():
    found, before = clock(), clock(spent=5.0)
    found.extend(60.0)
    found.become(before)
    assert (found.limit, found.spent, found.more) == (100.0, 5.0, ())
