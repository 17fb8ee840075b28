import re
from pathlib import Path

import jinja2
import pytest

import mlestar_jupyter
from mlestar_jupyter.core.templates import html_templates, text_templates

pytestmark = pytest.mark.fast

PACKAGE = Path(mlestar_jupyter.__file__).parent


def test_templates_are_opened_in_one_place():
    made = [p.name for p in PACKAGE.rglob("*.py") for _ in re.findall(r"\bEnvironment\(", p.read_text())]
    assert made == ["templates.py"]


def test_html_escapes_what_is_put_in_and_text_does_not(tmp_path):
    (tmp_path / "one.j2").write_text("{{ value }}")
    assert html_templates(tmp_path).get_template("one.j2").render(value="<b>") == "&lt;b&gt;"
    assert text_templates(tmp_path).get_template("one.j2").render(value="<b>") == "<b>"


@pytest.mark.parametrize("opened", [html_templates, text_templates])
def test_value_that_is_not_given_is_an_error(tmp_path, opened):
    (tmp_path / "one.j2").write_text("{{ value }}")
    with pytest.raises(jinja2.UndefinedError):
        opened(tmp_path).get_template("one.j2").render()


def test_filter_of_a_folder_comes_before_the_usual_one(tmp_path):
    (tmp_path / "one.j2").write_text("{{ value | literal }}")
    usual = text_templates(tmp_path).get_template("one.j2").render(value="a")
    assert usual == '"a"'  # as Python writes it
    assert text_templates(tmp_path, literal=str.upper).get_template("one.j2").render(value="a") == "A"
