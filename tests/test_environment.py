import pickle
import sys

import pytest

from mlestar_jupyter.environment import Secret, distribution, doubled_packages, missing, require, versions
from mlestar_jupyter.errors import MissingExtraError

pytestmark = pytest.mark.fast


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Make an environment in which just the distributions that a test names are installed."""
    monkeypatch.setattr(sys, "path", [str(tmp_path)])

    def with_metadata(name, version):
        described = tmp_path / f"{name.replace('-', '_')}-{version}.dist-info"
        described.mkdir()
        text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        (described / "METADATA").write_text(text, encoding="utf-8")

    return with_metadata


@pytest.mark.parametrize("build", ["xgboost", "xgboost-cpu"])
def test_scores_name_the_version_of_either_build(install, build):
    install(build, "3.2.0")
    assert versions()["xgboost"] == "3.2.0"
    assert distribution("xgboost") == (build, "3.2.0")
    assert doubled_packages() == []


def test_two_builds_of_one_package_are_noticed_with_the_remedy(install):
    install("xgboost", "3.1.0")
    install("xgboost-cpu", "3.2.0")
    assert doubled_packages() == [
        "xgboost and xgboost-cpu are both installed and overwrite each other's files. To keep one, run: "
        "pip uninstall -y xgboost xgboost-cpu && pip install xgboost-cpu (for a GPU: pip install xgboost)."
    ]


def test_a_package_that_is_absent_has_no_version(install):
    install("numpy", "2.4.0")
    assert distribution("xgboost") is None
    assert set(versions()) == {"python", "numpy"}


def test_a_package_that_is_missing_is_named_with_the_extra_that_brings_it():
    name = "absent_package"
    with pytest.raises(MissingExtraError) as error:
        require(name, extra="web", purpose="Searching")
    assert str(error.value) == (
        "Searching needs the package 'absent_package', which is not installed. Run: pip install 'mlestar-jupyter[web]'"
    )
    assert str(missing("absent_package", purpose="Searching")).endswith("Run: pip install absent_package")


def test_a_key_cannot_be_pickled():
    with pytest.raises(TypeError) as error:
        pickle.dumps(Secret("sk-planted"))
    assert str(error.value) == "A key is not pickled."
