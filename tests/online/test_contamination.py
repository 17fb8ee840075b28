from dataclasses import replace

import pytest

from mlestar_jupyter.online.base import Reference
from mlestar_jupyter.online.contamination import Suspect

pytestmark = pytest.mark.fast


def judged(task, table, title="", excerpt="", url="https://a.example/x"):
    return Suspect.of(task, table).judge(Reference("tavily", "q", title, url, excerpt))


@pytest.mark.parametrize(
    ("table", "title"),
    [
        ("telco_churn.csv.gz", "Telco Churn: a complete walkthrough"),
        ("telco_churn.csv.gz", "My TelcoChurn notebook"),
        ("titanic.csv", "Titanic dataset, 0.82 with forests"),
        ("titanic.csv", "The competition Titanic"),
        ("house_prices_train.csv", "House prices with boosting"),
    ],
)
def test_reference_that_names_the_table_is_flagged(churn_task, table, title):
    found = judged(churn_task, table, title)
    assert found.contaminated
    assert found.contamination.startswith("it names the table")


@pytest.mark.parametrize(
    ("table", "title"),
    [
        ("churn.csv", "Predicting churn with boosted trees"),
        ("train.csv", "A dataset to train on"),
        ("data.csv", "The data set of data"),
        ("df", "df dataset"),
        ("telco_churn.csv", "Churn at a telco, in general"),
    ],
)
def test_reference_about_the_same_subject_is_not_flagged(churn_task, table, title):
    assert not judged(churn_task, table, title).contaminated


@pytest.mark.parametrize(
    "url", ["https://www.kaggle.com/competitions/some/code", "https://kaggle.com/c/some/discussion"]
)
def test_pages_of_a_kaggle_competition_are_flagged(churn_task, url):
    assert "Kaggle competition" in judged(churn_task, "x.csv", "Tips", url=url).contamination


def test_other_pages_of_kaggle_are_not(churn_task):
    assert not judged(churn_task, "x.csv", "Tips", url="https://www.kaggle.com/code/nobody/lgbm").contaminated


def test_target_with_distinctive_columns_is_flagged(churn_task):
    excerpt = "We predict churn from MonthlyCharges, total charges, PaperlessBilling and others."
    found = judged(churn_task, "x.csv", "Notes", excerpt)
    assert found.contamination == "it names the target and 3 of the columns"


@pytest.mark.parametrize(
    "excerpt",
    [
        "We predict churn from MonthlyCharges and TotalCharges.",
        "MonthlyCharges, TotalCharges, PaperlessBilling and PaymentMethod.",
        "Churn, gender, tenure, contract, partner.",
    ],
)
def test_fewer_columns_or_no_target_or_common_names_are_not(churn_task, excerpt):
    assert not judged(churn_task, "x.csv", "Notes", excerpt).contaminated


def test_data_set_of_openml_with_the_same_columns_is_flagged(churn_task):
    names = ", ".join(column.name for column in churn_task.columns)
    found = judged(churn_task, "x.csv", "WA_Fn-UseC", f"Data set; columns {names}, Churn; 7043 rows")
    assert found.contaminated


def test_table_without_distinctive_columns_is_known_by_its_name_alone(churn_task):
    task = replace(churn_task, columns=(replace(churn_task.columns[0], name="x1"),))
    assert not judged(task, "x.csv", "churn and x1").contaminated
