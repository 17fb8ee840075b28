import pytest

from mlestar_jupyter.attempts.estimating import Span

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (Span.exactly(12), "12"),
        (Span(8, 11), "8 to 11"),
        (Span(0, 38), "at most 38"),
        (Span(2, None), "2 or more"),
        (Span.exactly(1200), "1,200"),
    ],
)
def test_a_span_says_its_bounds(span, words):
    assert str(span) == words


def test_a_span_holds_its_bounds_and_what_lies_between():
    assert [n for n in range(7) if n in Span(2, 5)] == [2, 3, 4, 5]
    assert 10**6 in Span(2, None)
    assert 1 not in Span(2, None)


def test_a_limit_lowers_both_bounds():
    assert Span(8, 11).within(4) == Span(4, 4)
    assert Span(2, None).within(25) == Span(2, 25)
    assert Span(8, 11).within(None) == Span(8, 11)


def test_spans_of_several_solutions_hold_each_of_them():
    assert Span.over([Span(6, 9), Span(8, 11)]) == Span(6, 11)
    assert Span.over([Span(6, 9), Span(8, None)]) == Span(6, None)
