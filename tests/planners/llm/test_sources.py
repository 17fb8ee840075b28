"""A block's source in an answer, with whatever a model writes around it."""

import pytest

from mlestar_jupyter.errors import BlockError
from mlestar_jupyter.planners.llm.sources import read_source
from tests.core.blocks_for_tests import BLOCKS

pytestmark = pytest.mark.fast

MODEL = BLOCKS["model"]
NO_SOURCE = "The answer has no source for the block 'model'. Write the whole block."
ALONE = "Write `def make_model(**params)` and what it needs, and nothing else."
OTHERS = {name: source for name, source in BLOCKS.items() if name != "model"}


@pytest.mark.parametrize(
    "answer",
    [
        MODEL,
        f"# mlestar: model\n{MODEL}",
        f"```python\n{MODEL}\n```",
        f"```\n# mlestar: model\n{MODEL}\n```\n",
        f"Here is the block:\n\n```python\n{MODEL}\n```\nIt should do well.",
        f"```python\n{MODEL}\n",
        f"First install it:\n```sh\npip install x\n```\nthen\n```python\n{MODEL}\n```",
        f"{BLOCKS['features']}\n".join(["# mlestar: features\n", f"# mlestar: model\n{MODEL}"]),
    ],
    ids=["bare", "marked", "fenced", "fenced and marked", "prose", "no end", "two fences", "two blocks"],
)
def test_the_source_is_found(answer):
    assert read_source("model", answer, OTHERS) == MODEL


def test_imports_above_the_marker_belong_to_the_block():
    head, body = MODEL.split("\n\n\n")
    assert read_source("model", f"{head}\n# mlestar: model\n{body}", OTHERS) == f"{head}\n\n{body}"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("", NO_SOURCE),
        ("```python\n```", NO_SOURCE),
        ("# mlestar: model", NO_SOURCE),
        (
            f"# mlestar: features\n{MODEL}",
            "The answer is for 'features', not for the block 'model'. Write 'model' alone.",
        ),
        (
            f"# mlestar: modell\n{MODEL}",
            "The answer is marked for no block: There is no block 'modell'. Did you mean 'model'?",
        ),
        ("I would rather not.", "syntax error"),
        ("def make_modell(**params):\n    return 1", "does not define 'make_model'"),
        (
            f"{MODEL}\n\n\ndef clean(X):\n    return X",
            f"The block 'model' defines 'clean', which belongs to the block 'cleaning'. {ALONE}",
        ),
        (
            f"{MODEL}\n\n\nPARAMS = {{}}",
            f"The block 'model' defines 'PARAMS', which belongs to the block 'hyperparameters'. {ALONE}",
        ),
    ],
)
def test_what_is_no_source_of_the_block_is_refused(answer, reason):
    with pytest.raises(BlockError) as error:
        read_source("model", answer, OTHERS)
    assert reason in str(error.value)


def test_a_block_of_another_is_refused_whole():
    with pytest.raises(BlockError) as error:
        read_source("model", f"{MODEL}\n\n\ndef clean(X):\n    return X", OTHERS)
    assert str(error.value) == (
        "The block 'model' defines 'clean', which belongs to the block 'cleaning'. "
        "Write `def make_model(**params)` and what it needs, and nothing else."
    )


def test_a_name_that_another_block_defines_is_refused():
    """All blocks run as one module: the later definition would be used in both."""
    others = OTHERS | {"features": f"class Scaled:\n    pass\n\n\n{BLOCKS['features']}"}
    with pytest.raises(BlockError) as error:
        read_source("model", f"class Scaled:\n    pass\n\n\n{MODEL}", others)
    assert str(error.value) == (
        "The block 'model' defines Scaled, as another block does. Choose other names: all blocks run as one module."
    )
    assert read_source("model", MODEL, others | {"features": "def broken("})


@pytest.mark.parametrize("line", ["import socket", "open('/etc/passwd').read()", "import os; os.environ"])
def test_source_that_may_not_be_run_is_refused(line):
    with pytest.raises(BlockError, match="'model'"):
        read_source("model", f"{line}\n{MODEL}", OTHERS)
