import inspect
import json
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Annotated, TypedDict

import pytest

from mlestar_jupyter import Workflow
from mlestar_jupyter.config import read_config, read_start
from mlestar_jupyter.core.journal import Journal
from mlestar_jupyter.errors import OutputError, SettingError
from mlestar_jupyter.notebook.arguments import read_flags
from mlestar_jupyter.notebook.commands import command_help
from mlestar_jupyter.notebook.completion import complete
from mlestar_jupyter.notebook.messages import help_message
from mlestar_jupyter.options.option import Option, declared
from mlestar_jupyter.options.start import OPTIONS, REQUIRED, options_in
from mlestar_jupyter.options.values import (
    check_options,
    deciding,
    documented,
    flag_words,
    in_python,
    start_options,
    to_record,
)
from mlestar_jupyter.phases.registry import PHASES
from mlestar_jupyter.runs.record import read_run
from tests.runs.conftest import small_table

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parent.parent.parent


def plain(option):
    """An example as YAML and Python give it."""
    return option.converter.parse([option.converter.example])


def expected(option):
    return option.read(plain(option), "example")


def by_flag(option):
    words = [f"--{option.flag}"] + ([] if option.converter.is_switch else [option.converter.example])
    rest, given = read_flags(words, options_in("flag"))
    assert rest == []
    return given[option.name].value


def by_key(option, key, folder):
    path = folder / "config.yaml"
    path.write_text(json.dumps({"variables": {key: plain(option)}}))
    return read_config(path).options[option.name].value


def by_keyword(option):
    return check_options(in_python({option.name: plain(option), option.needs or "name": "openai:gpt-5"}))[option.name]


def by_resume(option, folder):
    began = {"dataset": "a.csv", "target": "y", "llm": "openai:a", option.name: expected(option)}
    journal = Journal(folder)
    journal.put("arguments", to_record(began))
    journal.close()
    begun = read_run(folder, None, {})
    return getattr(begun, option.name) if option.name in REQUIRED else begun.options[option.name]


class OptionContract:
    """What is true of every option."""

    def test_each_way_to_give_it_gives_the_same(self, option, tmp_path):
        wanted = expected(option)
        assert wanted != option.default or option.name in ("executor", "planner")
        if "flag" in option.places:
            assert by_flag(option) == wanted
        if "yaml" in option.places:
            for key in (option.name, *option.aliases):
                assert by_key(option, key, tmp_path) == wanted
        if "python" in option.places and option.name != "name":
            assert by_keyword(option) == wanted
        if "python" in option.places and option.belongs_to == "run":
            assert by_resume(option, tmp_path) == wanted

    def test_default_is_valid(self, option):
        assert option.read(option.default, option.name) == option.default or option.name in REQUIRED

    def test_help_is_a_sentence_without_its_stop(self, option):
        assert option.help
        assert not option.help.endswith(".")

    def test_wrong_value_is_named_as_it_was_written(self, option, tmp_path):
        wrong = object()
        with pytest.raises(SettingError, match=f"^{option.name} is <object") as caught:
            OPTIONS[option.name].read(wrong, option.name)
        assert str(caught.value).endswith(f"Give {option.converter.wanted}.")

    def test_it_can_be_written_as_flags_again(self, option):
        if "flag" not in option.places:
            return
        words = [word for flag in flag_words(option, expected(option)) for word in flag]
        given = read_flags(words, options_in("flag"))[1]
        assert given[option.name].value == expected(option) if words else expected(option) == option.default

    def test_it_is_explained_completed_and_documented(self, option, shell):
        if "flag" not in option.places:
            return
        flag = f"--{option.flag}"
        assert f"{flag} {option.takes}" in command_help("start")
        assert complete(shell._mlestar_session, f"%mlestar start {flag}", flag)[0] == flag
        assert help_message(None)["help"]["flags"][flag].endswith(option.help)
        assert f"`{f'{flag} {option.takes}'.rstrip()}`" in table("flags of start")


class TestEveryOption(OptionContract):
    @pytest.fixture(params=OPTIONS)
    def option(self, request):
        return OPTIONS[request.param]


def table(name):
    return runpy.run_path(str(ROOT / "docs" / "tables.py"))["table"](name)


@pytest.fixture
def shell():
    from IPython.core.interactiveshell import InteractiveShell

    from mlestar_jupyter.notebook.extension import load, unload

    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    load(shell)
    yield shell
    unload(shell)
    InteractiveShell.clear_instance()


# --- one more option ----------------------------------------------------------------------------------------------


class MoreOptions(TypedDict, total=False):
    notes: Annotated[
        dict[str, str] | None,
        Option("COLUMN=NOTE", "what is known of a column", flag="note", decides="plan", aliases=("column_notes",)),
    ]


@pytest.fixture
def more(monkeypatch):
    (option,) = declared(MoreOptions).values()
    monkeypatch.setitem(OPTIONS, option.name, option)
    return option


@pytest.mark.usefixtures("more")
class TestOneMoreOption(OptionContract):
    """An option that is declared is everywhere: nothing else in the package names it."""

    @pytest.fixture
    def option(self, more):
        return more

    def test_it_is_an_argument_of_python_with_its_default_and_help(self):
        class Runs:
            """Begins.

            {options}
            """

            def __init__(self, dataset, **options):
                self.options = start_options({"dataset": dataset, **options})

        found = inspect.signature(documented(Runs)).parameters["notes"]
        assert (found.default, found.kind) == (None, found.KEYWORD_ONLY)
        assert "notes : dict[str, str], default None\n    What is known of a column." in Runs.__doc__
        assert Runs("a.csv", notes={"zip": "category"}).options["notes"] == {"zip": "category"}

    def test_it_reaches_a_run_and_its_record(self, tmp_path, shell):
        shell.user_ns["small"] = small_table()
        config = tmp_path / "run.yaml"
        config.write_text("variables: {target: churn, max_agents: 1, column_notes: {plan: text}}")
        shell.run_line_magic(
            "mlestar",
            f"start --config {config} --dataset small --output {tmp_path / 'run'} --note plan=category --note a=text",
        )
        notes = {"plan": "category", "a": "text"}
        assert shell._mlestar_session.workflow.options["notes"] == notes
        shell._mlestar_session.close()
        resumed = Workflow.resume(tmp_path / "run", small_table())
        assert resumed.options["notes"] == notes
        resumed.close()


# --- together -----------------------------------------------------------------------------------------------------


def test_signature_of_the_workflow_lists_every_option_with_its_default():
    found = inspect.signature(Workflow).parameters
    assert list(found) == [option.name for option in options_in("python")]
    assert all(found[o.name].default == o.default for o in options_in("python") if o.name not in REQUIRED)
    assert "{options}" not in Workflow.__doc__


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ({"zip": "categry"}, "There is no role 'categry'. Did you mean 'category'?"),
        (
            ["zip"],
            "roles is ['zip']. Give one role for each column, as in zip=category (in YAML and Python a mapping).",
        ),
        (
            {"zip": 3},
            "roles is {'zip': 3}. Give one role for each column, as in zip=category (in YAML and Python a mapping).",
        ),
    ],
)
def test_roles_are_checked(value, line):
    with pytest.raises(SettingError) as caught:
        start_options({"roles": value})
    assert str(caught.value) == line


def test_roles_have_the_words_of_users_and_of_the_package():
    given = {"a": "number", "b": "numeric", "c": "categorical", "d": "ignore", "1": "date"}
    assert start_options({"roles": {**given, 1: "date"}})["roles"] == given


def test_tab_completes_columns_with_roles(shell):
    shell.user_ns["small"] = small_table()
    line = "%mlestar start --dataset small --role "
    assert "plan=category" in complete(shell._mlestar_session, line, "")
    assert complete(shell._mlestar_session, f"{line}plan=i", "plan=i") == ["plan=identifier", "plan=ignore"]
    assert complete(shell._mlestar_session, f"{line}plan=i", "i") == ["identifier", "ignore"]


def test_unknown_option_names_the_nearest(tmp_path):
    with pytest.raises(SettingError, match=r"There is no option 'max_agent'. Did you mean 'max_agents'\?"):
        Workflow(small_table(), "churn", output=tmp_path, max_agent=2)


def test_settings_under_other_names_are_those_of_phases():
    for option in OPTIONS.values():
        for online in (True, False):
            if option.sets is not None:
                phase, setting = option.sets({"online": online})
                assert hasattr(PHASES[phase].settings(), setting)


def test_only_what_is_not_the_default_decides():
    given = start_options({"seed": 3, "max_agents": 2, "share_rows": 0, "online": True})
    assert deciding(given) == {"online": True}
    assert deciding(given | {"planner": object()})["planner"] == "builtins.object"


def test_table_in_memory_is_asked_for_again(tmp_path):
    journal = Journal(tmp_path)
    journal.put("arguments", to_record({"dataset": "a.csv", "target": "y", "test": small_table()}))
    journal.close()
    with pytest.raises(
        OutputError, match=r"The test of the run in .* was in memory. Give it: resume\(folder, test=…\)"
    ):
        read_run(tmp_path, None, {})
    assert read_run(tmp_path, None, {"test": 0.5}).options["test"] == 0.5


def test_stored_value_that_is_wrong_is_damage(tmp_path):
    journal = Journal(tmp_path)
    journal.put("arguments", {"dataset": "a.csv", "target": "y", "seed": "x"})
    journal.close()
    with pytest.raises(OutputError, match="how the run began cannot be read: seed is 'x'"):
        read_run(tmp_path, None, {})


@pytest.mark.parametrize("version", ["0.1.0", "0.2.0"])
def test_how_stored_runs_began_is_read(tmp_path, version):
    stored = ROOT / "tests" / "core" / "journals" / f"version-{version}.sqlite"
    (tmp_path / "journal.sqlite").write_bytes(stored.read_bytes())
    begun = read_run(tmp_path, "churn.csv", {})
    assert (begun.dataset, begun.target, begun.options["max_agents"]) == ("churn.csv", "churn", 2)
    assert begun.options["output"] == str(tmp_path)


def test_dataset_and_target_may_come_from_either_side(tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text("variables: {dataset: a.csv, target: y}")
    start = read_start(path, in_python({"dataset": "b.csv"}))
    assert (start.dataset, start.target) == ("b.csv", "y")


def test_registry_loads_the_standard_library_only():
    program = (
        "import sys; before = set(sys.modules); import mlestar_jupyter.options.values, mlestar_jupyter.phases.registry; "
        "roots = {name.partition('.')[0] for name in set(sys.modules) - before}; "
        "print(sorted(roots - set(sys.stdlib_module_names) - {'mlestar_jupyter'}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("words", "value"), [("--dayfirst", True), ("--dayfirst false", False), ("--dayfirst=true", True), ("", None)]
)
def test_a_switch_that_may_be_open_takes_false_as_its_next_word_and_is_written_so(words, value):
    given = read_flags([*words.split(), "--seed", "3"], options_in("flag"))[1]
    assert (given["dayfirst"].value if "dayfirst" in given else None) is value
    assert flag_words(OPTIONS["dayfirst"], value) == {True: [("--dayfirst",)], False: [("--dayfirst", "false")]}.get(
        value, []
    )


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("--seed 1 --seed 2", "--seed is given twice. Keep one of them."),
        (
            "--role a=text --role a=date",
            "--role is 'a=text a=date'. Give one role for each column, as in zip=category (in YAML and Python a mapping).",
        ),
        ("-seed 1", "There is no flag '-seed'. Did you mean '--seed'?"),
        ("—seed 1", "There is no flag '—seed'. Did you mean '--seed'?"),
    ],
)
def test_a_flag_counts_once_and_has_two_hyphens(words, line):
    with pytest.raises(SettingError) as caught:
        read_flags(words.split(), options_in("flag"))
    assert str(caught.value) == line


@pytest.mark.parametrize(
    ("words", "value"), [("--decimal comma", "comma"), ("--decimal ,", "comma"), ("--decimal=.", "point"), ("", None)]
)
def test_a_decimal_mark_is_given_by_name_or_as_it_is(words, value):
    given = read_flags(words.split(), options_in("flag"))[1]
    assert (OPTIONS["decimal"].read(given["decimal"].value, "--decimal") if "decimal" in given else None) == value


@pytest.mark.parametrize(
    ("split", "why"),
    [
        ("auto, window=90d", "only sliding folds have a window, so write sliding before it"),
        ("gp=7d", "gp is none of kind, folds, gap, window"),
        ("folds=1", "folds=1 is no whole number from 2 to 50"),
        ("gap=soon", "gap=soon is no length such as 7d, 12h or, for a time in numbers, 30"),
        ("sliding, expanding", "'expanding' is a second kind"),
    ],
)
def test_what_is_wrong_with_a_split_is_said(split, why):
    with pytest.raises(SettingError) as caught:
        start_options({"split": split})
    assert str(caught.value).startswith(f"split is {split!r}: {why}. Give auto, expanding, sliding or monte carlo")
