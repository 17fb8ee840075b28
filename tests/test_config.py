import json

import pytest

from mlestar_jupyter.config import read_config, read_start
from mlestar_jupyter.errors import SettingError
from mlestar_jupyter.options.option import Given
from mlestar_jupyter.options.values import in_python

pytestmark = pytest.mark.fast

GIVEN = {
    "variables": {
        "dataset_path": "churn.csv",
        "target_column": "Churn",
        "experiment_name": "first",
        "model_output_dir": "out",
        "search_iterations": 5,
        "refinement_iterations": 2,
        "quality_threshold": 0.1,
        "max_training_time": 600,
    },
    "agents": [{"name": "ablation", "config": {"repeats": 3}}],
    "dependencies": {"ablation": ["foundation"]},
}


def write(tmp_path, given):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(given))
    return path


def variables(**more):
    return {"variables": {**GIVEN["variables"], **more}}


def test_the_original_keys_are_read(tmp_path):
    start = read_start(write(tmp_path, GIVEN), {})
    assert (start.dataset, start.target) == ("churn.csv", "Churn")
    assert start.options == {"name": "first", "output": "out", "timeout": 600}
    assert start.settings == {
        "search": {"approaches": 5},
        "refinement": {"iterations": 2},
        "validation": {"quality_threshold": 0.1},
        "ablation": {"repeats": 3},
    }


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"variables": {"dataset_pth": "x"}}, "There is no variable 'dataset_pth'. Did you mean 'dataset_path'"),
        ({"agents": [{"name": "ablaton"}]}, "There is no phase 'ablaton'. Did you mean 'ablation'"),
        (
            {"agents": [{"name": "ablation", "config": {"repeat": 1}}]},
            "There is no setting 'repeat'. Did you mean 'repeats'",
        ),
        (
            {"dependencies": {"foundation": ["ablation"]}},
            "foundation cannot depend on ablation: it runs before. "
            "The order is search, foundation, ablation, refinement, ensemble, validation, deployment.",
        ),
        ({"varables": {}}, "There is no key 'varables'. Did you mean 'variables'"),
        (
            {"agents": "ablation"},
            "agents: 'ablation' instead of a list. Write a list of phases, each with `name` and `config`.",
        ),
        (
            {"agents": [{"name": "search"}, {"name": "search"}]},
            "The phase 'search' is given twice under agents. Put its settings together.",
        ),
        (
            {"agents": [{"name": "ablation", "repeats": 1, "config": {"repeats": 2}}]},
            "The agent ablation has 'repeats' twice, under config and beside it. Keep one.",
        ),
        ({"agents": {"ablation": {"repeat": 3}}}, "There is no setting 'repeat'. Did you mean 'repeats'"),
        ({"variables": ["a"]}, "variables: a list instead of keys. Write one `key: value` a line."),
        (variables(time="a", time_column="b"), "'time_column' repeats an option that is already set. Give time once."),
        (variables(max_agents=0), "The variable 'max_agents' is 0. Give a whole number, 1 or more."),
    ],
)
def test_mistakes_are_one_line(tmp_path, change, line):
    with pytest.raises(SettingError, match=line):
        read_config(write(tmp_path, GIVEN | change))


def test_what_a_run_cannot_begin_without_is_asked_for(tmp_path):
    path = write(tmp_path, {"variables": {"dataset_path": "x"}})
    with pytest.raises(SettingError, match=r"config.json does not give 'target'. Add `target:` under `variables:`."):
        read_start(path, {})
    assert read_start(path, in_python({"target": "y"})).target == "y"


def test_setting_of_a_phase_is_checked_under_its_old_name(tmp_path):
    with pytest.raises(SettingError, match="The variable 'search_iterations' is 'many'. Give a whole number"):
        read_config(write(tmp_path, variables(search_iterations="many")))


def test_missing_file_is_one_line(tmp_path):
    path = tmp_path / "nowhere.yaml"
    with pytest.raises(SettingError) as caught:
        read_config(path)
    assert str(caught.value) == f"The configuration {path} cannot be read (No such file or directory). Check the path."


def test_file_in_another_encoding_is_one_line(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_bytes("name: Größe".encode("utf-16"))
    with pytest.raises(SettingError) as caught:
        read_config(path)
    assert str(caught.value) == f"The configuration {path} is not text in UTF-8. Save it as UTF-8."


def test_path_that_is_none_is_one_line():
    with pytest.raises(SettingError) as caught:
        read_config("a\0b")
    assert str(caught.value).endswith("cannot be read (embedded null byte). Check the path.")


def test_bad_yaml_names_the_line(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("variables:\n  a: b: c\n")
    with pytest.raises(SettingError, match="config.yaml: a colon too many in line 2. Put a value"):
        read_config(path)


@pytest.mark.parametrize(
    "agents", ["  ablation: {repeats: 3}", "  ablation:\n    config: {repeats: 3}", "- name: ablation\n  repeats: 3"]
)
def test_settings_beside_config_count_too(tmp_path, agents):
    path = tmp_path / "config.yaml"
    path.write_text(f"variables: {{dataset: a.csv, target: y}}\nagents:\n{agents}\n")
    assert read_config(path).settings == {"ablation": {"repeats": 3}}


def test_key_given_twice_is_no_silent_choice(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("variables:\n  seed: 1\n  seed: 2\n")
    with pytest.raises(SettingError, match=r"'seed' is given twice, in lines 2 and 3. Keep one of them."):
        read_config(path)


def test_search_iterations_of_an_online_run_are_rounds(tmp_path):
    start = read_start(write(tmp_path, variables(online=True, search_iterations=3)), {})
    assert start.options["online"] is True
    assert start.settings["search"] == {"rounds": 3}


def test_whether_a_run_is_online_may_stand_beside_the_file(tmp_path):
    start = read_start(write(tmp_path, GIVEN), {"online": Given(True, "--online")})
    assert start.settings["search"] == {"rounds": 5}


def test_what_is_given_beside_the_file_comes_before_it(tmp_path):
    given = {**GIVEN, "agents": [{"name": "search", "config": {"approaches": 9, "models": 2}}]}
    path = write(tmp_path, given)
    assert read_start(path, {}).settings["search"] == {"approaches": 9, "models": 2}
    start = read_start(path, {"search_iterations": Given(4, "--search-iterations"), "seed": Given(7, "--seed")})
    assert start.settings["search"] == {"approaches": 4, "models": 2}
    assert start.options["seed"] == 7


def test_what_an_option_needs_may_stand_on_the_other_side(tmp_path):
    path = write(tmp_path, variables(max_cost=1))
    with pytest.raises(SettingError, match="The variable 'max_cost' needs llm. Give llm too: PROVIDER:MODEL."):
        read_start(path, {})
    assert read_start(path, {"llm": Given("openai:a", "--llm")}).options["max_cost"] == 1.0


def test_null_leaves_the_default(tmp_path):
    assert "seed" not in read_start(write(tmp_path, variables(seed=None)), {}).options


def test_online_is_true_or_false(tmp_path):
    with pytest.raises(SettingError, match="'online' is 'off'. Give true or false."):
        read_config(write(tmp_path, variables(online="off")))
