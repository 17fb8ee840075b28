"""Tokens and money: by call, phase and run, and the stop before a limit."""

import threading

import pytest

from mlestar_jupyter.errors import SettingError
from mlestar_jupyter.planners.llm.ledger import Ledger, estimated_tokens, prices_as_of, published_price

pytestmark = pytest.mark.fast

MODEL = "openai:gpt-4o-mini"  # 0.15 and 0.6 USD per million tokens


def test_published_prices_are_dated_and_sane():
    assert prices_as_of() == "2025-11"
    assert published_price(MODEL) == (0.15, 0.6)
    assert published_price("openai:gpt-4o-mini-2024-07-18") == (0.15, 0.6)
    assert published_price("anthropic:claude-sonnet-4-5-20250929") == (3.0, 15.0)
    assert published_price("ollama:anything") == (0, 0)
    assert published_price("openai:local") is published_price("openai:gpt-4o-minimal") is None


def test_costs_are_booked_by_phase_and_run():
    ledger = Ledger()
    for phase, tokens in (("search", 1_000_000), ("foundation", 2_000_000)):
        ledger.enter(phase)
        reserved = ledger.reserve(MODEL, 300, 100)
        assert ledger.spend(MODEL, tokens, tokens, reserved) == pytest.approx(0.75 * tokens / 1e6)
        ledger.close_call(priced=True, estimated=phase == "search")
    ledger.replay()
    assert ledger.phases["search"].cost == pytest.approx(0.75)
    assert (ledger.phases["foundation"].replayed, ledger.phases["search"].replayed) == (1, 0)
    run = ledger.run
    assert (run.calls, run.replayed, run.tokens_in, run.estimated, run.unpriced) == (2, 1, 3_000_000, 1, 0)
    assert run.cost == pytest.approx(2.25)


def test_a_given_price_goes_before_the_published_one():
    assert Ledger(price=(1, 2)).cost_of(MODEL, 1_000_000, 1_000_000) == 3
    assert Ledger().cost_of("openai:local", 10, 10) is None


def test_a_limit_without_a_price_is_refused():
    with pytest.raises(SettingError) as error:
        Ledger(max_cost=1).check("openai:local")
    assert str(error.value) == (
        "The price of openai:local is not known, so that a limit of 1 USD cannot be kept. "
        "Give it by --llm-price, as in 0.25,2 for a million tokens in and out; 0,0 for your own server."
    )
    Ledger(max_cost=1, price=(0, 0)).check("openai:local")
    Ledger().check("openai:local")


@pytest.mark.parametrize(("limit", "price"), [(-1, None), (float("nan"), None), (None, (-1, 2))])
def test_limits_and_prices_are_not_below_zero(limit, price):
    with pytest.raises(SettingError) as error:
        Ledger(limit, price)
    assert str(error.value) == f"The cost limit is {limit} and the price {price}. Give US dollars, 0 or more."


def test_nothing_is_sent_that_might_pass_the_limit():
    ledger = Ledger(max_cost=1.0, price=(0, 100_000))
    assert ledger.reserve("openai:local", 0, 11) is None
    reserved = ledger.reserve("openai:local", 0, 10)
    assert reserved == 1
    ledger.spend("openai:local", 0, 4, reserved)
    assert ledger.reserve("openai:local", 0, 7) is None
    assert ledger.reserve("openai:local", 0, 6) == pytest.approx(0.6)


def test_requests_side_by_side_keep_the_limit():
    ledger, allowed = Ledger(max_cost=1.0, price=(0, 100_000)), []
    threads = [threading.Thread(target=lambda: allowed.append(ledger.reserve("openai:local", 0, 3))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([a for a in allowed if a is not None]) == 3


def test_tokens_are_estimated_from_characters():
    assert [estimated_tokens("x" * n) for n in (0, 1, 4, 5)] == [0, 1, 1, 2]


def test_what_earlier_sessions_spent_counts_towards_the_limit():
    price = (0, 1_000_000)  # a dollar a token
    assert Ledger(max_cost=12, price=price).reserve("openai:local", 0, 10) == 10
    assert Ledger(max_cost=12, price=price, before=4).reserve("openai:local", 0, 10) is None
    assert Ledger(max_cost=12, price=price, before=4).run.cost == 0
