import os
from dataclasses import replace

import pytest

from mlestar_jupyter import Workflow
from mlestar_jupyter.core.blocks import check_block
from mlestar_jupyter.environment import distribution, sees_gpu, worker_environment
from mlestar_jupyter.families.gpu import on_gpu, uses_gpu
from mlestar_jupyter.planners.recipes import RecipePlanner
from tests.planners.tables import make_task
from tests.runs.conftest import opened, small_table
from tests.workers_for_tests import workers

NO_GPU = (
    "No GPU with CUDA is to be seen here: all models are fitted on the CPU. Install NVIDIA's driver until nvidia-smi "
    "lists the GPU, or start without --device cuda."
)


@pytest.fixture
def driver(tmp_path, monkeypatch):
    """A program by the name of the driver's own, which lists what is written into its file."""
    program, listed = tmp_path / "nvidia-smi", tmp_path / "listed"
    program.write_text(f"#!/bin/sh\ncat {listed}\n")
    program.chmod(0o755)
    listed.write_text("GPU 0: NVIDIA H100 (UUID: GPU-1)\n")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return listed


@pytest.mark.fast
def test_a_gpu_is_seen_where_the_driver_lists_one_and_nothing_hides_it(driver, monkeypatch):
    assert sees_gpu()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert not sees_gpu()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert worker_environment()["CUDA_VISIBLE_DEVICES"] == "0"
    driver.write_text("No devices were found\n")
    assert not sees_gpu()
    assert on_gpu(isolated=False) == ((), NO_GPU)


@pytest.mark.fast
def test_the_libraries_that_can_are_fitted_on_it(driver):
    names, said = on_gpu(isolated=False)
    if distribution("xgboost")[0] == "xgboost":
        assert set(names) == {"xgboost", "catboost"}
        return
    assert names == ("catboost",)
    assert said == (
        "Fitted on the GPU: CatBoost. All others are fitted on the CPU; LightGBM's package has no CUDA. XGBoost is "
        "installed without CUDA; to use the GPU, run: pip uninstall -y xgboost-cpu && pip install xgboost"
    )


@pytest.mark.fast
def test_a_sandbox_reaches_no_gpu(driver):
    assert on_gpu(isolated=True) == (
        (),
        "The sandbox of generated code reaches no GPU: all models are fitted on the CPU. To use the GPU, start without "
        "--llm.",
    )


@pytest.mark.fast
@pytest.mark.parametrize("problem", ["binary", "regression"])
def test_blocks_say_where_they_are_fitted(problem):
    planner, task = RecipePlanner(), make_task(problem)

    def models(task):
        drafts = [planner.draft(task, a) for a in planner.approaches(task, "", 60)]
        return {d.label: d.solution.blocks["model"] for d in drafts if d is not None}

    cpu, gpu = models(task), models(replace(task, on_gpu=("xgboost", "catboost")))
    assert cpu.keys() == gpu.keys()
    assert "XGB" in gpu["xgboost"]
    assert '(device="cuda", ' in gpu["xgboost"]
    assert 'WithCategories(task_type="GPU", random_state=0, ' in gpu["catboost"]
    for label, source in gpu.items():
        check_block("model", source)
        if "xgboost" not in label and "catboost" not in label:
            assert source == cpu[label]
        assert source.replace('device="cuda", ', "").replace('task_type="GPU", ', "") == cpu[label]


@pytest.mark.skipif(sees_gpu(), reason="there is a GPU here")
def test_without_a_gpu_a_notice_says_what_to_do_and_a_run_goes_on(tmp_path):
    workflow = opened(tmp_path / "run", device="cuda")
    assert NO_GPU in workflow.task.notices
    assert workflow.task.on_gpu == ()
    workflow.close()


def test_a_run_that_is_taken_up_keeps_what_was_found_when_it_began(tmp_path, driver):
    workflow = opened(tmp_path / "run", device="cuda")
    found = workflow.task.on_gpu
    assert "catboost" in found
    workflow.close()
    driver.write_text("")
    again = Workflow.resume(tmp_path / "run", small_table(), executor=workers())
    assert again.task.on_gpu == found
    again.close()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('CatBoostClassifier(task_type="GPU", verbose=0)', True),
        ("CatBoostClassifier(task_type='GPU')", True),
        ('PARAMS = {"device": "cuda"}', True),
        ('XGBClassifier(device="cpu")', False),
        ('title = "device=cuda"', False),
    ],
)
def test_a_module_that_names_the_gpu_is_known_by_what_it_calls(source, expected):
    assert uses_gpu(source) is expected
