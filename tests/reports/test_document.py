import json
from html.parser import HTMLParser

import pytest

from mlestar_jupyter.attempts.result import Result
from mlestar_jupyter.core.evaluation import Failed
from mlestar_jupyter.display.view import View
from mlestar_jupyter.errors import OutputError
from mlestar_jupyter.reports.document import Reported, write_report
from tests.checks.inputs_for_tests import inputs, table

pytestmark = pytest.mark.fast


class _Search(Result):
    phase = "search"

    def view(self):
        return View("Search", "Found <b>nothing</b> & said so.")

    def to_dict(self):
        return {"phase": "search", "figure": float("nan"), "limit": float("inf")}


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.links, self.ids = [], [], []

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        self.tags.append(tag)
        self.links += [known["href"]] if "href" in known else []
        self.ids += [known["id"]] if "id" in known else []


def _write(folder, **changed):
    checked = inputs(table(), test=0)
    candidate = checked.score.candidate
    failed = Failed(candidate, "error", "ValueError: <script>alert(1)</script>")
    arguments = {
        "task": checked.task, "versions": {"python": "3.11"}, "settings": {"search": {"approaches": 8}},
        "results": {"search": _Search()}, "evaluations": [checked.score, failed], "solution": candidate.solution,
        "current": {"search": True}, "baseline": None, "openings": 3,
    } | changed  # fmt: skip
    return write_report(folder, Reported(**arguments))


def test_json_has_its_keys_and_no_nan(tmp_path):
    _write(tmp_path)
    content = json.loads((tmp_path / "report.json").read_text(), parse_constant=pytest.fail)
    keys = {"schema", "task", "metric", "phases", "candidates", "solution", "verdict", "gates", "findings", "versions"}
    assert keys <= set(content)
    assert content["schema"] == 2
    search = {"phase": "search", "figure": None, "limit": None, "about": None, "current": True}
    assert content["phases"]["search"] == search
    assert content["about"] == content["solution"]["id"]
    assert content["holdout_openings"] == 3
    assert content["metric"] == {"name": "roc_auc", "direction": "higher is better"}
    assert content["verdict"] == "not measured"


def test_page_is_self_contained_and_its_contents_lead_somewhere(tmp_path):
    tags = _Tags()
    tags.feed(_write(tmp_path).read_text())
    assert not {"script", "link", "iframe"} & set(tags.tags)
    assert all(link.startswith("#") and link[1:] in tags.ids for link in tags.links)
    assert tags.tags.count("h1") == 1


def test_what_a_candidate_says_is_escaped(tmp_path):
    page = _write(tmp_path).read_text()
    assert "<script>" not in page
    assert "Found &lt;b&gt;nothing" in page


def test_same_run_gives_the_same_bytes(tmp_path):
    first = _write(tmp_path).read_bytes(), (tmp_path / "report.json").read_bytes()
    assert (_write(tmp_path).read_bytes(), (tmp_path / "report.json").read_bytes()) == first


def test_report_without_a_solution(tmp_path):
    _write(tmp_path, results={}, evaluations=[], solution=None)
    assert json.loads((tmp_path / "report.json").read_text())["solution"] is None


def test_folder_that_cannot_be_written_is_named(tmp_path):
    path = tmp_path / "missing" / "report.json"
    with pytest.raises(OutputError) as error:
        _write(tmp_path / "missing")
    assert str(error.value) == f"{path} cannot be written (No such file or directory). Choose another path."


def test_page_is_not_headed_ready_alone_where_the_service_is_not_deployable(tmp_path):
    from mlestar_jupyter.core.model import FittedModel
    from mlestar_jupyter.phases.deployment.result import DeploymentResult

    checked = inputs(table(), test=0)
    model = FittedModel(None, checked.score.candidate.solution, checked.task)
    built = DeploymentResult(
        tmp_path, lambda: model, model.solution.fit_id, True, 10, None, "uvicorn is missing", 0.999
    )
    current = {"search": True, "deployment": True}
    text = _write(tmp_path, results={"search": _Search(), "deployment": built}, current=current).read_text()
    assert "was not validated. Built, not measured." in text
    assert built.summary == (
        f"Built, not measured: the service in {tmp_path}, fitted on all 10 rows, the holdout included."
    )
