"""A block's source in an answer, with whatever a model writes around it."""

import pytest

from mlestar_jupyter.errors import BlockError
from mlestar_jupyter.planners.llm.sources import read_source
from tests.core.blocks_for_tests import BLOCKS

pytestmark = pytest.mark.fast

MODEL = BLOCKS["model"]
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
        ("", "has no source"),
        ("```python\n```", "has no source"),
        ("# mlestar: model", "has no source"),
        (f"# mlestar: features\n{MODEL}", "is for 'features', not for the block 'model'"),
        (f"# mlestar: modell\n{MODEL}", "no block 'modell'.*Did you mean 'model'"),
        ("I would rather not.", "syntax error"),
        ("def make_modell(**params):\n    return 1", "does not define 'make_model'"),
        (f"{MODEL}\n\n\ndef clean(X):\n    return X", "defines 'clean', which belongs to the block 'cleaning'"),
        (f"{MODEL}\n\n\nPARAMS = {{}}", "defines 'PARAMS', which belongs to the block 'hyperparameters'"),
    ],
)
def test_what_is_no_source_of_the_block_is_refused(answer, reason):
    with pytest.raises(BlockError, match=reason):
        read_source("model", answer, OTHERS)


def test_a_name_that_another_block_defines_is_refused():
    """All blocks run as one module: the later definition would be used in both."""
    others = OTHERS | {"features": f"class Scaled:\n    pass\n\n\n{BLOCKS['features']}"}
    with pytest.raises(BlockError, match="defines Scaled, as another block does"):
        read_source("model", f"class Scaled:\n    pass\n\n\n{MODEL}", others)
    assert read_source("model", MODEL, others | {"features": "def broken("})


@pytest.mark.parametrize("line", ["import socket", "open('/etc/passwd').read()", "import os; os.environ"])
def test_source_that_may_not_be_run_is_refused(line):
    with pytest.raises(BlockError, match="'model'"):
        read_source("model", f"{line}\n{MODEL}", OTHERS)
