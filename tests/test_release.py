"""A release is one version in every place that states it."""

import json
import re
from pathlib import Path

import pytest

from mlestar_jupyter.version import __version__

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parent.parent


def released():
    """Versions of the changelog, the newest first; what is not released has none."""
    return re.findall(r"^## \[(\d+\.\d+\.\d+)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_newest_release_of_the_changelog_is_the_present_version():
    assert released()[0] == __version__


def test_versions_of_the_changelog_descend():
    numbers = [tuple(map(int, version.split("."))) for version in released()]
    assert numbers == sorted(set(numbers), reverse=True)


def test_the_front_end_has_the_present_version():
    package = json.loads((ROOT / "labextension" / "package.json").read_text(encoding="utf-8"))
    assert package["version"] == __version__
