"""`%mlestar start`: flags beside a configuration, and what a configuration takes."""

import pytest

pytestmark = pytest.mark.fast


@pytest.fixture
def start(shell, churn, tmp_path):
    churn.to_csv(tmp_path / "churn.csv", index=False)
    needed = f"dataset_path: {tmp_path / 'churn.csv'}, target_column: Churn, max_agents: 1"

    def start_(flags, variables="seed: 3"):
        (tmp_path / "run.yaml").write_text(f"variables: {{{needed}, {variables}}}")
        shell.run_line_magic("mlestar", f"start --config {tmp_path / 'run.yaml'} --output {tmp_path / 'run'} {flags}")
        return shell._mlestar_session.workflow

    yield start_
    shell._mlestar_session.close()


def test_configuration_takes_every_option(start):
    task = start("", "sample: 200, seed: 3").task
    assert (task.n_sample, task.seed, task.target) == (200, 3, "Churn")


def test_flags_beside_a_configuration_come_before_it(start):
    workflow = start("--timeout 45s --seed 7 --target Contract --search-iterations 4")
    assert (workflow.standing.timeout, workflow.task.seed, workflow.task.target) == (45.0, 7, "Contract")
    assert workflow.defaults == {"search": {"approaches": 4}}


def test_table_in_the_notebook_beside_a_configuration_gives_the_run_its_name(start, shell, churn):
    shell.user_ns["others"] = churn
    assert start("--dataset others").name == "others"
