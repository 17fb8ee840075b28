from dataclasses import dataclass, field

import pytest

from mlestar_jupyter.core.statistics import corrected_t_test
from mlestar_jupyter.phases.ensemble.choosing import adjusted, choose

NOISE, SURE, BARELY_MORE = (0.03, -0.02, 0.01, -0.01), (0.02, 0.021, 0.019, 0.02), (0.0205, 0.0205, 0.0195, 0.0205)
WORSE, TWICE = tuple(-g for g in SURE), tuple(2 * g for g in SURE)
N_TRAIN, N_TEST = 75, 25


@dataclass(frozen=True)
class Gaining:
    """What a choice looks at of a combination."""

    strategy: str
    gains: tuple[float, ...]
    members: tuple[int, ...] = (1, 2, 3)
    learns_in_fit: bool = False
    chosen_from: int = 1
    p_adjusted: float = 1.0
    test: object = field(default=None)

    @classmethod
    def of(cls, strategy, gains, members=3):
        test = corrected_t_test(gains, N_TRAIN, N_TEST)
        return cls(strategy, gains, tuple(range(members)), strategy == "stacking", test=test)


@pytest.mark.fast
@pytest.mark.parametrize(
    ("gains", "used", "reason"),
    [
        ({"mean": NOISE}, "mean", ""),
        ({"mean": WORSE}, None, ""),
        ({"mean": SURE, "greedy": NOISE}, "mean", ""),
        ({"mean": SURE, "stacking": BARELY_MORE}, "mean", "Stacking gains more by a difference within noise, and needs "
         "more fits."),
        ({"mean": SURE, "stacking": TWICE}, "stacking", ""),
        ({"mean": WORSE, "stacking": NOISE}, "stacking", ""),
    ],
)  # fmt: skip
def test_the_best_expected_score_is_used_be_it_proven_or_not(gains, used, reason):
    found, why = choose([Gaining.of(s, g) for s, g in gains.items()], "score", N_TRAIN, N_TEST)
    assert (None if found is None else found.strategy, why) == (used, reason)


@pytest.mark.fast
@pytest.mark.parametrize(
    ("options", "used", "reason"),
    [
        ([("mean", NOISE, 3)], None, "The best single solution is within one standard error of mean, and simpler."),
        ([("mean", SURE, 3)], "mean", ""),
        ([("greedy", BARELY_MORE, 5), ("mean", SURE, 3)], "mean",
         "Mean is within one standard error of greedy, and simpler."),
        ([("greedy", TWICE, 5), ("mean", SURE, 3)], "greedy", ""),
    ],
)  # fmt: skip
def test_simplicity_takes_the_fewest_members_within_one_standard_error(options, used, reason):
    found, why = choose([Gaining.of(*o) for o in options], "simplicity", N_TRAIN, N_TEST)
    assert (None if found is None else found.strategy, why) == (used, reason)


@pytest.mark.fast
def test_in_sequence_a_strategy_is_proven_only_if_all_before_it_are():
    found = adjusted([Gaining.of("greedy", NOISE), Gaining.of("mean", SURE)])
    assert found[1].test.p_value < 0.05 < found[0].p_adjusted == found[1].p_adjusted
