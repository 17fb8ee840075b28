import json

import pytest

from mlestar_jupyter.config import read_config
from mlestar_jupyter.errors import SettingError

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


def test_the_original_keys_are_read(tmp_path):
    config = read_config(write(tmp_path, GIVEN))
    assert config.arguments == {
        "dataset": "churn.csv", "target": "Churn", "name": "first", "output": "out", "timeout": 600,
    }  # fmt: skip
    assert config.settings == {
        "search": {"approaches": 5},
        "refinement": {"iterations": 2},
        "validation": {"min_improvement": 0.1},
        "ablation": {"repeats": 3},
    }


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"variables": {"dataset_pth": "x"}}, "There is no variable 'dataset_pth'. Did you mean 'dataset_path'"),
        ({"variables": {"dataset_path": "x"}}, "does not give 'target_column'"),
        ({"agents": [{"name": "ablaton"}]}, "There is no phase 'ablaton'. Did you mean 'ablation'"),
        (
            {"agents": [{"name": "ablation", "config": {"repeat": 1}}]},
            "There is no setting 'repeat'. Did you mean 'repeats'",
        ),
        ({"dependencies": {"foundation": ["ablation"]}}, "foundation cannot depend on ablation"),
        ({"varables": {}}, "There is no key 'varables'. Did you mean 'variables'"),
    ],
)
def test_mistakes_are_one_line(tmp_path, change, line):
    with pytest.raises(SettingError, match=line):
        read_config(write(tmp_path, GIVEN | change))


def test_missing_file_is_one_line(tmp_path):
    with pytest.raises(SettingError, match="cannot be read"):
        read_config(tmp_path / "nowhere.yaml")


def test_bad_yaml_names_the_line(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("variables:\n  a: b: c\n")
    with pytest.raises(SettingError, match="not valid YAML or JSON in line 2"):
        read_config(path)


def test_search_iterations_of_an_online_run_are_rounds(tmp_path):
    config = read_config(write(tmp_path, {"variables": {**GIVEN["variables"], "online": True, "search_iterations": 3}}))
    assert config.arguments["online"] is True
    assert config.settings["search"] == {"rounds": 3}


def test_online_is_true_or_false(tmp_path):
    with pytest.raises(SettingError, match="'online' is 'off'"):
        read_config(write(tmp_path, {"variables": {**GIVEN["variables"], "online": "off"}}))
