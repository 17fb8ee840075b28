"""What every modality keeps, whoever added it: a class of tests to be run with the case of each."""

import dataclasses
import json
import warnings
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from mlestar_jupyter.core.rows import RowsError
from mlestar_jupyter.core.script import reading_source
from mlestar_jupyter.core.values import json_schema
from mlestar_jupyter.data.profile import profile
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.deployment.service import example_row, plain_rows
from mlestar_jupyter.knowledge import recipes
from mlestar_jupyter.modalities.registry import modalities
from mlestar_jupyter.problems.recognition import make_dataset

N = 120
RANDOM = np.random.default_rng(0)
STEADY = RANDOM.normal(size=N)


@dataclasses.dataclass(frozen=True)
class Case:
    """A modality's own columns, and values that it refuses.

    Parameters
    ----------
    role : str
    examples : mapping of str to list or Series
        Columns of N values, by what they are.
    wrong : tuple
        Values that new rows cannot have.
    """

    role: str
    examples: dict
    wrong: tuple = ()


def table_of(columns):
    """A table of some columns, with a number that tells the target."""
    made = {f"x {name}": values for name, values in columns.items()}
    return pd.DataFrame({**made, "steady": STEADY, "y": np.where(STEADY > 0, "yes", "no")})


def dataset_of(columns):
    return make_dataset(read_table(table_of(columns)), "y")


def defined(source):
    """Run a block alone."""
    space: dict[str, object] = {}
    exec(source, space)
    return space


class ModalityContract:
    """A subclass has the fixtures `case` and `others`, columns of other modalities; both for the class."""

    @pytest.fixture(scope="class")
    def dataset(self, case):
        return dataset_of(case.examples)

    @pytest.mark.fast
    def test_it_is_a_role_by_its_name(self, case):
        assert modalities()[case.role].name == case.role

    @pytest.mark.fast
    def test_it_detects_its_own(self, case, dataset):
        found = {c.name: c.role for c in dataset.task.columns if c.name != "steady"}
        assert found == dict.fromkeys(found, case.role)

    def test_it_leaves_others_alone(self, case, others):
        found = {c.name: c.role for c in dataset_of(others).task.columns if c.name != "steady"}
        assert case.role not in found.values()

    @pytest.mark.fast
    def test_profile_and_notices_are_written(self, case, dataset):
        found = profile(dataset)
        roles = dict(zip(found.table["column"], found.table["role"], strict=True))
        word = modalities()[case.role].word
        assert {role for name, role in roles.items() if name != "steady"} == {word}
        assert word in found.view().text()
        json.dumps(found.to_dict())

    @pytest.mark.parametrize("kind", ["least", "trees", "native", "linear", "target encoding"])
    def test_blocks_give_numbers_for_fresh_rows_one_row_and_gaps(self, dataset, kind):
        task, X = dataset.task, dataset.development.X
        fresh = dataset.holdout.open("contract").X
        gaps = fresh.head(3).assign(**{c: fresh[c].where(fresh[c].isna()) for c in fresh if c != "steady"})
        for cleaning in (recipes.cleaning(task), recipes.cleaning(task, codes=True), recipes.least_cleaning(task)):
            clean = defined(cleaning)["clean"]
            made = defined(recipes.preprocessing(task, kind))["make_preprocessor"]()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of columns that the least cleaning leaves without a value
                fitted = made.fit(clean(X), dataset.development.y)
                width = np.asarray(fitted.transform(clean(X))).shape[1]
                for rows in (fresh, fresh.head(1), gaps):
                    matrix = np.asarray(fitted.transform(clean(rows)), dtype=float)
                    assert matrix.shape == (len(rows), width)

    def test_techniques_add_columns_to_fresh_rows_one_row_and_gaps(self, dataset):
        task = dataset.task
        clean = defined(recipes.cleaning(task))["clean"]
        X, fresh = clean(dataset.development.X), dataset.holdout.open("contract").X
        gaps = fresh.head(3).assign(**{c: fresh[c].where(fresh[c].isna()) for c in fresh if c != "steady"})
        for technique in recipes.feature_techniques(task).values():
            made = make_pipeline(defined(recipes.features([technique]))["make_features"]())
            columns = list(made.fit_transform(X, dataset.development.y))
            for rows in (fresh, fresh.head(1), gaps):
                assert list(made.transform(clean(rows))) == columns

    @pytest.mark.fast
    def test_rows_are_read_alike_where_the_package_is_not_installed(self, dataset):
        alone = ModuleType("rows_alone")
        exec(reading_source(), alone.__dict__)
        contract = alone.Contract.from_dict(json.loads(json.dumps(dataset.task.contract.to_dict())))
        sent = json.loads(json.dumps(plain_rows(dataset.development.X)))
        for rows in (sent, sent[:1], [dict.fromkeys(sent[0])]):
            found, notices = contract.read(rows)
            assert notices == []
            pd.testing.assert_frame_equal(found, dataset.task.contract.apply(rows)[0])
        pd.testing.assert_frame_equal(contract.read(sent)[0], dataset.development.X)

    def test_json_type_takes_its_own_values_and_its_example(self, dataset):
        import jsonschema

        example = example_row(dataset.task.contract)
        dataset.task.contract.apply([example])
        for column in dataset.task.contract.columns:
            for row in [*plain_rows(dataset.development.X), example]:
                if column.name in row:
                    jsonschema.validate(row[column.name], json_schema(column))

    def test_json_type_or_contract_refuses_wrong_values(self, case, dataset):
        import jsonschema  # takes seconds to import

        contract = dataset.task.contract
        for value in case.wrong:
            for column in (c for c in contract.columns if c.name != "steady"):
                with pytest.raises(RowsError, match="row 1"):
                    contract.read([{**example_row(contract), column.name: value}])
                if not isinstance(value, str) or column.pattern:
                    with pytest.raises(jsonschema.ValidationError):
                        jsonschema.validate(value, json_schema(column))
