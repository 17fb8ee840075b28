from dataclasses import replace

import pytest

from mlestar_jupyter.phases.validation.gates.base import Gate
from mlestar_jupyter.phases.validation.verdict import Verdict

pytestmark = pytest.mark.fast

PASSED = Gate("improvement", "pass", 0.5, 0.4, 0.6, "", "", "50 %")
ADVISED = Gate("overfitting", "advice", 0.5, None, None, "", "Regularise.", "50 %")
FAILED = Gate("stability", "fail", 0.5, None, None, "", "Look at the folds.", "50 %")
LEAKED = Gate("leakage", "fail", 1.0, None, None, "", "Drop the column x.", "found by LEAK001")
UNMEASURED = Gate("fairness", "not measured", None, None, None, "", "", "no sensitive columns were named")
WITHOUT = Gate("generalisation", "not measured", None, None, None, "", "Seal rows.", "there is no holdout")
LATER = Gate("service", "not measured", None, None, None, "", "", "deployment has not run")

SENTENCES = [
    ((), "not measured", "Not measured: validation has not run. What to do: Run %%mlestar validation."),
    ((PASSED,), "ready", "Ready: all gates are passed."),
    ((PASSED, LATER), "ready", "Ready: all gates are passed."),
    ((PASSED, ADVISED), "ready", "Ready, with advice on overfitting. What to do: Regularise."),
    ((PASSED, UNMEASURED), "ready", "Ready; not measured: fairness."),
    (
        (ADVISED, UNMEASURED), "ready",
        "Ready, with advice on overfitting; not measured: fairness. What to do: Regularise.",
    ),
    (
        (WITHOUT, ADVISED), "not measured",
        "Not measured: generalisation (there is no holdout). What to do: Seal rows.",
    ),
    (
        (FAILED, WITHOUT, LEAKED, ADVISED), "not ready",
        "Not ready: stability, leakage. What to do: Look at the folds. Drop the column x.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("gates", "word", "sentence"), SENTENCES)
def test_sentence_says_the_word_its_reasons_and_what_to_do(gates, word, sentence):
    verdict = Verdict(gates)
    assert verdict == verdict.word == word
    assert str(verdict) == sentence
    assert sentence in repr(verdict)


def test_failed_gates_come_first_and_unmeasured_last():
    table = Verdict((UNMEASURED, PASSED, ADVISED, FAILED)).table
    assert list(table["gate"]) == ["stability", "overfitting", "improvement", "fairness"]
    assert list(table["what to do"]) == ["Look at the folds.", "Regularise.", "", ""]


def test_report_has_the_figures_as_numbers():
    values = replace(PASSED, low=0.25).to_dict()
    assert (values["figure"], values["low"], values["high"], values["verdict"]) == (0.5, 0.25, 0.6, "pass")
