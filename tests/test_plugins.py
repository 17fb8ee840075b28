import pytest

from mlestar_jupyter.core.maker import library_versions
from mlestar_jupyter.errors import PluginError
from mlestar_jupyter.plugins import plugged_in
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
    with installed(tmp_path, source, ("families", "seven", "NUMBER"), name="broken"):
        with pytest.raises(PluginError, match="broken adds 'seven' to mlestar_jupyter.families") as raised:
            plugged_in("families", int)
        assert problem in str(raised.value)
        assert "Update broken, or uninstall it." in str(raised.value)
