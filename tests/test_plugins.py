import re
from operator import itemgetter

import pytest

from mlestar_jupyter.core.maker import library_versions
from mlestar_jupyter.errors import PluginError
from mlestar_jupyter.plugins import plugged_in, with_plugins
from tests.plugins_for_tests import installed

pytestmark = pytest.mark.fast

PART = "class Other: pass\nNUMBER = 7\n"


def test_parts_of_an_installed_package_are_found_by_name(tmp_path):
    with installed(tmp_path, PART, ("strategies", "seven", "NUMBER")):
        assert plugged_in("strategies", int) == {"seven": 7}
        assert plugged_in("families", int) == {}
        assert library_versions()["guest"] == "1.0"
    assert plugged_in("strategies", int) == {}


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("NUMBER = 'seven'", "it is a str, not a int"),
        ("", "AttributeError"),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("NUMBER = (", "SyntaxError"),
        ("raise RuntimeError('not\\ntoday')", "RuntimeError: not today"),
    ],
)
def test_a_part_that_cannot_be_used_is_one_line_with_a_remedy(tmp_path, source, problem):
    part = ("families", "seven", "NUMBER")
    with installed(tmp_path, source, part, name="broken"), pytest.raises(PluginError) as raised:
        plugged_in("families", int)
    line = "broken adds 'seven' to mlestar_jupyter.families, which cannot be used: {}. Update broken, or uninstall it."
    assert re.fullmatch(re.escape(line).replace(r"\{\}", f"{re.escape(problem)}.*"), str(raised.value))


NAMED = "PART = ('{}',)\n"


@pytest.mark.parametrize(
    ("point", "called", "line"),
    [
        (
            "seven", "eight",
            "The entry point 'seven' of mlestar_jupyter.families names a part that is called 'eight'. "
            "Give both the same name.",
        ),
        (
            "linear", "linear",
            "A package adds 'linear' to mlestar_jupyter.families, but that name is taken. "
            "Give the part and its entry point another name, or uninstall the package.",
        ),
    ],
)  # fmt: skip
def test_a_name_that_is_another_or_taken_is_refused(tmp_path, point, called, line):
    with installed(tmp_path, NAMED.format(called), ("families", point, "PART")), pytest.raises(PluginError) as raised:
        with_plugins("families", tuple, [("linear",)], itemgetter(0))
    assert str(raised.value) == line
