import inspect
from importlib import import_module

import pytest

import mlestar_jupyter
from mlestar_jupyter import errors

pytestmark = pytest.mark.fast

PUBLIC = [n for n in mlestar_jupyter.__all__ if not n.startswith("__")]
ERRORS = {n: v for n, v in vars(errors).items() if inspect.isclass(v) and issubclass(v, Exception)}


def test_public_names_are_sorted():
    assert sorted(PUBLIC) == PUBLIC


@pytest.mark.parametrize("name", PUBLIC)
def test_public_name_can_be_imported_and_has_a_docstring(name):
    assert inspect.getdoc(getattr(mlestar_jupyter, name))


def test_every_public_name_is_there():
    assert all(hasattr(mlestar_jupyter, name) for name in mlestar_jupyter.__all__)


def test_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError) as error:
        mlestar_jupyter.Workflw  # noqa: B018
    assert str(error.value) == "module 'mlestar_jupyter' has no attribute 'Workflw'"


def test_alias_loads_the_same_extension():
    assert import_module("mlestar").load_ipython_extension is mlestar_jupyter.load_ipython_extension


def test_every_error_is_public_and_of_one_family():
    assert all(issubclass(kind, errors.MLEStarError) for kind in ERRORS.values())
    assert sorted([*ERRORS, "unknown"]) == sorted(errors.__all__)


def test_every_error_has_its_place_in_the_tree_that_the_docstring_draws():
    drawn = {
        line.strip("│├└─ ").split(" ")[0] for line in (errors.__doc__ or "").splitlines() if line.startswith("    ")
    }
    assert drawn == set(ERRORS)


@pytest.mark.parametrize(
    ("problem", "line"),
    [
        ("It fails: no rows.", "It fails: no rows. Add some."),
        ("It fails: Give rows..", "It fails: Give rows. Add some."),
        ("It fails: first\n  second\n.", "It fails: first second . Add some."),
        ("It is called 'a  b'.", "It is called 'a  b'. Add some."),
    ],
)
def test_an_error_is_one_line_with_one_full_stop_a_sentence(problem, line):
    assert str(errors.DataError(problem, mend="Add some.")) == line
