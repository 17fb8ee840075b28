import ast
import re
from dataclasses import fields
from pathlib import Path

import pytest

from mlestar_jupyter.core.blocks import BLOCKS
from mlestar_jupyter.notebook.arguments import FLAGS
from mlestar_jupyter.notebook.commands import COMMANDS
from mlestar_jupyter.phases.settings import PHASES

DOCS = Path(__file__).parent.parent / "docs"


def test_every_command_flag_and_setting_is_documented():
    text = (DOCS / "magics.md").read_text()
    wanted = [f"`{c.usage}`" for c in COMMANDS.values()] + [f"`--{f}" for f in FLAGS]
    wanted += [f"`{f.name}`" for phase in PHASES.values() for f in fields(phase.settings)]
    assert [w for w in wanted if w not in text] == []


def test_every_block_is_documented():
    text = (DOCS / "writing-blocks.md").read_text()
    assert all(f"`{name}`" in text and kind.defines in text for name, kind in BLOCKS.items())


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda p: p.stem)
def test_code_in_the_docs_compiles(page):
    for code in re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL):
        ast.parse(code)
