"""A fixed part of the dirty exports is read as the clean tables; nothing is lost without a word."""

from itertools import combinations

import pytest

from tests.dirty.exports import FACTORS, Export, all_pairs, exports, pairs, possible
from tests.dirty.oracle import judge


@pytest.fixture(scope="module")
def part():
    return exports(60)


@pytest.fixture(scope="module")
def verdicts(part, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exports")
    return [judge(export, folder) for export in part]


def test_nearly_all_are_read_as_the_clean_tables(verdicts):
    others = [v for v in verdicts if not v.is_same]
    assert len(others) <= 0.05 * len(verdicts), "\n".join(f"{v.export}: {v.refused} {v.differences}" for v in others)


def test_no_difference_goes_without_a_word(verdicts):
    silent = [v for v in verdicts if v.is_silent]
    assert not silent, "\n".join(f"{v.export}: {v.differences} {v.notices}" for v in silent)


def test_refusals_are_one_line(verdicts):
    assert not [v.refused for v in verdicts if "\n" in v.refused]


@pytest.mark.fast
@pytest.mark.parametrize(("table", "quoting"), [("reviews", "minimal"), ("weather", "none")])
def test_values_go_without_quotes_only_where_none_is_needed(table, quoting):
    assert possible(Export(table, "en-GB", quoting="none")).quoting == quoting


@pytest.mark.slow
def test_five_hundred_files_have_every_pair_of_levels():
    met = {pair for export in exports(500) for pair in pairs(export)}
    impossible = set(all_pairs()) - met
    names = {frozenset(name for name, _ in pair) for pair in impossible}
    assert names <= {
        frozenset({"quoting", "fault"}), frozenset({"table", "quoting"}), frozenset({"delimiter", "fault"})
    }  # fmt: skip
    assert len(impossible) <= 5
    assert len(list(combinations(FACTORS, 2))) == 55
