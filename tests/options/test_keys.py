import pytest

from mlestar_jupyter.errors import SettingError
from mlestar_jupyter.options.keys import Place, read_keys

pytestmark = pytest.mark.fast

CELL = Place("The settings", of_line=" of the cell", first_line=2)
QUOTES = "Put a value with a colon or a hash in quotes."
ONE_A_LINE = "Write one `key: value` a line."


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb: 2\na: 3", "The settings: 'a' is given twice, in lines 2 and 4 of the cell. Keep one of them."),
        ("a: {b: 1, b: 2}", "The settings: 'b' is given twice, in line 2 of the cell. Keep one of them."),
        ("a:\n- b: 1\n  b: 2", "The settings: 'b' is given twice, in lines 3 and 4 of the cell. Keep one of them."),
        ("a: 1\n'a': 2", "The settings: 'a' is given twice, in lines 2 and 3 of the cell. Keep one of them."),
        ("a:\n\t- b", "The settings: a tab at the beginning of line 3 of the cell. Indent with blanks."),
        ("\ta: 1", "The settings: a tab at the beginning of line 2 of the cell. Indent with blanks."),
        ("a:\t1", "The settings: a tab in line 2 of the cell. Write blanks in its place."),
        ("b: 1\na: \t1", "The settings: a tab in line 3 of the cell. Write blanks in its place."),
        ("a: wish: more", f"The settings: a colon too many in line 2 of the cell. {QUOTES}"),
        ("- a", f"The settings: a list instead of keys. {ONE_A_LINE}"),
        ("repeats 3", f"The settings: 'repeats 3' instead of keys. {ONE_A_LINE}"),
        ("a: [1, 2", f"The settings: no valid YAML or JSON in line 2 of the cell. {ONE_A_LINE}"),
        (
            "a: 2024-13-45",
            "The settings: no valid YAML or JSON ('month must be in 1..12'). "
            "Put a text that looks like a date in quotes.",
        ),
        ("a: " + "[" * 5000, f"The settings: no valid YAML or JSON (it is nested too deeply). {ONE_A_LINE}"),
    ],
)
def test_what_is_wrong_is_one_line(text, line):
    with pytest.raises(SettingError) as caught:
        read_keys(text, CELL)
    assert str(caught.value) == line


@pytest.mark.parametrize("text", ["", "# only a comment", "---"])
def test_nothing_gives_no_keys(text):
    assert read_keys(text, CELL) == {}


def test_an_alias_to_itself_ends():
    found = read_keys("a: &x [*x]", CELL)
    assert found["a"][0] is found["a"]


def test_equal_keys_of_different_mappings_are_no_mistake():
    assert read_keys("a: {c: 1}\nb: {c: 2}", CELL) == {"a": {"c": 1}, "b": {"c": 2}}
