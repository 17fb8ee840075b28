"""Errors of providers, by what they mean."""

import pytest

from mlestar_jupyter.planners.llm.transport import read_failure

pytestmark = pytest.mark.fast


class LengthFinishReasonError(Exception):
    """Named as the one of OpenAI's client."""


class ReadTimeout(Exception):  # noqa: N818 - named as httpx has it
    """No answer in time."""


class ContentFilterFinishReasonError(Exception):
    """Named as the one of OpenAI's client."""


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (LengthFinishReasonError(), "length", "the reply reached the limit of length"),
        (ContentFilterFinishReasonError(), "refusal", "the model refused"),
        (ReadTimeout(), "slow", "the server did not answer in time"),
        (OSError("no route"), "busy", "the server cannot be reached or understood (OSError)"),
    ],
)
def test_an_error_is_said_in_words(error, kind, text):
    failure = read_failure(error, partial="")
    assert (failure.kind, failure.text) == (kind, text)
