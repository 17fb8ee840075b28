from dataclasses import dataclass

import pytest

from mlestar_jupyter.attempts.measuring import Count, Measurements
from mlestar_jupyter.core.journal import Journal
from mlestar_jupyter.errors import OutputError

pytestmark = pytest.mark.fast

SOURCE = "import sys\n\n\ndef run(measurements, kind):\n    return measurements.slot(kind, sys._getframe())\n"


def module(tmp_path, name):
    """A module of a name of its own whose file has the name and the text of others."""
    folder = tmp_path / name
    folder.mkdir()
    (folder / "run.py").write_text(SOURCE)
    namespace = {"__name__": f"phases.{name}.run"}
    exec(compile(SOURCE, str(folder / "run.py"), "exec"), namespace)
    return namespace["run"]


@dataclass(frozen=True)
class Seconds:
    value: float


@pytest.fixture
def journal(tmp_path):
    journal = Journal(tmp_path / "run")
    yield journal
    journal.close()


def test_places_of_two_modules_with_the_same_file_name_are_two(tmp_path, journal):
    measurements = Measurements(journal, "link")
    module(tmp_path, "one")(measurements, Count).keep(Count(1))
    assert module(tmp_path, "other")(measurements, Count).value is None


def test_what_is_measured_again_at_a_place_has_its_number(tmp_path, journal):
    run = module(tmp_path, "one")
    measurements = Measurements(journal, "link")
    for number in (1, 2):
        run(measurements, Count).keep(Count(number))
    again = Measurements(journal, "link")
    assert [run(again, Count).value for _ in range(3)] == [Count(1), Count(2), None]
    assert run(Measurements(journal, "another link"), Count).value is None


def test_what_is_on_record_stays(tmp_path, journal):
    slot = module(tmp_path, "one")(Measurements(journal, "link"), Seconds)
    assert slot.keep(Seconds(1.5)) == slot.keep(Seconds(2.5)) == Seconds(1.5)


def test_a_record_of_another_form_is_damaged(tmp_path, journal):
    run = module(tmp_path, "one")
    run(Measurements(journal, "link"), Count).keep(Count(1))

    @dataclass(frozen=True)
    class Count2:
        other: int

    Count2.__name__ = "Count"
    with pytest.raises(OutputError, match="is no Count"):
        run(Measurements(journal, "link"), Count2)
