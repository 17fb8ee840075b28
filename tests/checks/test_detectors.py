"""Detectors of this package and of others."""

import pytest

from mlestar_jupyter.checks.base import by_kind
from mlestar_jupyter.checks.registry import detectors, findings_of
from mlestar_jupyter.errors import PluginError
from mlestar_jupyter.phases.validation.gates.findings import of_kind
from tests.checks.contract import DetectorContract
from tests.checks.inputs_for_tests import inputs, table
from tests.plugins_for_tests import installed

pytestmark = pytest.mark.fast

GUEST = '''
from mlestar_jupyter.checks.base import Detector


class FewRows(Detector):
    """Counts the development rows."""

    code = "SIZE001"
    title = "Few rows"
    kind = "size"
    page = "https://example.org/checks"

    def look(self, inputs):
        n_rows = len(inputs.development)
        if n_rows < 1000:
            return self.found(f"{n_rows} rows", "Collect more.")
        return self.clear(f"{n_rows} rows")


FEW_ROWS = FewRows()
'''
POINT = ("detectors", "SIZE001", "FEW_ROWS")


class TestBuiltIn(DetectorContract):
    @pytest.fixture(params=list(detectors()))
    def detector(self, request):
        return detectors()[request.param]


class TestAdded(DetectorContract):
    @pytest.fixture
    def detector(self, tmp_path):
        with installed(tmp_path, GUEST, POINT):
            yield detectors()["SIZE001"]


def test_built_in_detectors_come_first_in_their_order(tmp_path):
    known = list(detectors())
    assert known == sorted(known)
    with installed(tmp_path, GUEST, POINT):
        assert list(detectors()) == [*known, "SIZE001"]
    assert list(detectors()) == known


@pytest.mark.parametrize(
    ("source", "name"),
    [(GUEST.replace('"SIZE001"', '"LEAK003"'), "LEAK003"), (GUEST, "SIZE002"), ("FEW_ROWS = 3", "SIZE001")],
)
def test_a_code_that_is_taken_or_is_not_the_detectors_is_refused(tmp_path, source, name):
    with installed(tmp_path, source, ("detectors", name, "FEW_ROWS")), pytest.raises(PluginError, match=name):
        detectors()


def test_each_kind_has_its_gate(tmp_path):
    with installed(tmp_path, GUEST, POINT):
        found = by_kind(findings_of("validation", inputs(table(), shuffled=lambda y: [0.5])))
    gates = {kind: of_kind(kind, findings) for kind, findings in found.items()}
    assert (gates["leakage"].status, gates["size"].status) == ("pass", "fail")
    assert gates["size"].words == "found by SIZE001"


def test_not_applicable_is_not_passed():
    checked = inputs(table())
    findings = [d.check(checked) for d in detectors().values() if d.needs == ("time", "holdout")]
    assert [f.outcome for f in findings] == ["not applicable"]
    assert of_kind("order", findings).status == "not measured"


def test_a_phase_asks_its_own_detectors_alone():
    assert findings_of("search", inputs(table())) == []
