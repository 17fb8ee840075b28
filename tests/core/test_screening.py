import re

import pytest

from mlestar_jupyter.core.screening import screen
from mlestar_jupyter.ensembles.strategies import strategies
from mlestar_jupyter.errors import BlockError
from mlestar_jupyter.planners.recipes import RecipePlanner
from mlestar_jupyter.planners.variants import variants
from tests.core.blocks_for_tests import BLOCKS
from tests.planners.tables import make_task

pytestmark = pytest.mark.fast

USEFUL = {
    "a transformer": """
        import numpy as np
        from sklearn.base import BaseEstimator, TransformerMixin
        class T(TransformerMixin, BaseEstimator):
            def __init__(self, by="a"):
                self.by = by
            def fit(self, X, y=None):
                self.means_ = X.groupby(self.by).mean().to_dict()
                return self
            def transform(self, X):
                return X.assign(m=np.log1p(X[self.by].map(self.means_)).to_numpy())
            def __sklearn_tags__(self):
                return super().__sklearn_tags__()
        """,
    "attributes by name": "columns = getattr(dict, 'columns', ())\nhas = hasattr(columns, 'x')",
    "json": "import json\nknown = json.loads('{}')",
    "a network": "import torch\nfrom torch.utils.data import DataLoader\ndef f(m):\n    m.eval()\n    m.load_state_dict({})",
    "neighbours": "from scipy.spatial import cKDTree\ndef f(X):\n    return cKDTree(X).query(X, 2)",
    "names of errors": "try:\n    x = int('1')\nexcept (ValueError, KeyError):\n    x = 0",
    "printing": "print('fitted')",
}
REFUSED = {
    "import os": "The block 'hyperparameters' may not import 'os' (line 2). A block works on the table",
    "import subprocess as s": "may not import 'subprocess'",
    "import socket": "may not import 'socket'",
    "import requests": "may not import 'requests'",
    "import ctypes": "may not import 'ctypes'",
    "from pathlib import Path": "may not import 'pathlib.Path'",
    "import sklaern": "Did you mean 'sklearn'?",
    "import mlestar_jupyter": "may not import 'mlestar_jupyter'",
    "from . import x": "import from its own package",
    "from numpy import *": "may not import all of 'numpy'",
    "import urllib.request": "may not import 'urllib.request'",
    "from sklearn.datasets import load_iris": "may not import 'sklearn.datasets.load_iris'",
    "from sklearn import datasets": "may not import 'sklearn.datasets'",
    "from numpy import load": "may not use 'load'",
    "import pandas as pd\nX = pd.read_csv('train.csv')": "may not use 'read_csv' (line 3)",
    "import pandas as pd\nX = pd.read_pickle": "may not use 'read_pickle'",
    "def f(X):\n    X.to_csv('x')": "may not use 'to_csv'",
    "import numpy as np\nnp.save('x', 1)": "may not use 'save'",
    "import joblib\njoblib.load('x')": "may not use 'load'",
    "import pandas as pd\npd.io.common.os": "may not use",
    "exec('x')": "may not use 'exec'",
    "eval('1')": "may not use 'eval'",
    "compile('1', '', 'eval')": "may not use 'compile'",
    "__import__('os')": "may not use '__import__'",
    "open('x')": "may not use 'open'",
    "f = open": "may not use 'open'",
    "input()": "may not use 'input'",
    "breakpoint()": "may not use 'breakpoint'",
    "globals()['x'] = 1": "may not use 'globals'",
    "setattr(int, 'x', 1)": "may not use 'setattr'",
    "exit()": "may not use 'exit'",
    "get_ipython().system('ls')": "may not use",
    "().__class__.__bases__[0].__subclasses__()": "may not use '__",
    "def f():\n    return f.__globals__": "may not use '__globals__'",
    "__builtins__": "may not use '__builtins__'",
    "class A:\n    def __reduce__(self):\n        return print, ()": "may not use '__reduce__'",
    "getattr(int, '__subclasses__')": "may not use '__subclasses__'",
    "getattr(int, 'a' + 'b')": "'getattr' with a name that is computed",
    "from functools import reduce\nreduce(getattr, 'ab', int)": "may not pass 'getattr' on",
    "import operator\noperator.attrgetter('a')": "may not use 'attrgetter'",
    "def f(X):\n    return X.query('@a')": "'query' with a text",
    "def f(X):\n    return X.eval('a + b')": "may not use 'eval'",
    "try:\n    x = 1\nexcept:\n    x = 2": "may not catch every exception",
    "!pip install x": "has a syntax error in line 2",
    "x = '\\ud800" + "\ud800'": (
        "The block 'hyperparameters' cannot be parsed: UnicodeEncodeError. Write plain, shallow code."
    ),
    "x = 1\0": "The block",
    "x = " + "-" * 40_000 + "1": "The block",
    "x = '" + "a" * 60_000 + "'": ("The block 'hyperparameters' has 60,018 characters, more than 50,000. Write less."),
}


def refusal(name: str, source: str) -> BlockError | None:
    """Why a block is refused; None when it passes."""
    try:
        screen(name, source)
    except BlockError as error:
        return error
    return None


def hyperparameters(source: str) -> str:
    return f"PARAMS = {{}}\n{source}"


@pytest.mark.parametrize("name", USEFUL)
def test_what_a_block_needs_passes(name):
    lines = USEFUL[name].strip("\n").splitlines()
    indent = len(lines[0]) - len(lines[0].lstrip())
    assert refusal("hyperparameters", hyperparameters("\n".join(line[indent:] for line in lines))) is None


@pytest.mark.parametrize("source", REFUSED, ids=range(len(REFUSED)))
def test_what_it_does_not_need_is_refused_in_a_line(source):
    with pytest.raises(BlockError, match=re.escape(REFUSED[source])) as caught:
        screen("hyperparameters", hyperparameters(source))
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_block_that_breaks_its_contract_is_refused():
    with pytest.raises(BlockError, match="does not define 'make_model'"):
        screen("model", "PARAMS = {}")


@pytest.mark.parametrize("problem", ["binary", "regression"])
def test_recipes_pass(problem):
    task, planner = make_task(problem), RecipePlanner()
    solutions = [draft.solution for draft in planner.baselines(task)]
    sources = {(name, source) for s in solutions for name, source in s.blocks.items()}
    sources |= {(b, source) for b in BLOCKS for s in solutions for _, source, _ in variants(task, s, b, [])}
    sources |= {("ensemble", text) for s in strategies().values() if (text := s.source(task, [0.5, 0.5]))}
    assert len(sources) > 30
    assert [refusal(name, source) for name, source in sources] == [None] * len(sources)


@pytest.mark.parametrize("name", BLOCKS)
def test_small_blocks_pass(name):
    assert refusal(name, BLOCKS[name]) is None


def test_what_another_package_adds_may_be_imported_where_it_is_named():
    screen("model", f"from trees.forest import Tree\n{BLOCKS['model']}", {"trees"})
    with pytest.raises(BlockError, match=r"may not import 'trees\.forest\.Tree' \(line 1\)"):
        screen("model", f"from trees.forest import Tree\n{BLOCKS['model']}")
