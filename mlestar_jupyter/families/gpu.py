"""Which families are fitted on a GPU, where the user asks for it, and what is said of that."""

from __future__ import annotations

import ast

from mlestar_jupyter.environment import distribution, sees_gpu
from mlestar_jupyter.families.base import Family
from mlestar_jupyter.families.registry import families


def on_gpu(*, isolated: bool) -> tuple[tuple[str, ...], str]:
    """Find the families that are fitted on the GPU of this machine.

    Parameters
    ----------
    isolated : bool
        Whether fits run in a sandbox.

    Returns
    -------
    tuple of str
        Their names.
    str
        What is fitted where, in a sentence or two.
    """
    if isolated:
        return (), (
            "The sandbox of generated code reaches no GPU: all models are fitted on the CPU. To use the GPU, start "
            "without --llm."
        )
    if not sees_gpu():
        return (), (
            "No GPU with CUDA is to be seen here: all models are fitted on the CPU. Install NVIDIA's driver until "
            "nvidia-smi lists the GPU, or start without --device cuda."
        )
    able = [f for f in families().values() if f.cuda and f.is_installed]
    found = [f for f in able if _is_built(f)]
    titles = ", ".join(f.title for f in found) or "none"
    said = f"Fitted on the GPU: {titles}. All others are fitted on the CPU; LightGBM's package has no CUDA."
    for family in able:
        if family not in found:
            package = family.package
            said += (
                f" {family.title} is installed without CUDA; to use the GPU, run: pip uninstall -y {package}-cpu && "
                f"pip install {package}"
            )
    return tuple(f.name for f in found), said


def uses_gpu(source: str) -> bool:
    """Whether a module names a GPU as one of the families does: as an argument of a call, or in a dict of them.

    >>> uses_gpu('make(task_type="GPU")'), uses_gpu('PARAMS = {"device": "cuda"}'), uses_gpu('"cuda"')
    (True, True, False)
    """
    asked = {family.cuda for family in families().values()} - {""}
    for node in ast.walk(ast.parse(source)):
        pairs: list[tuple[object, ast.expr]] = []
        if isinstance(node, ast.Call):
            pairs = [(keyword.arg, keyword.value) for keyword in node.keywords]
        elif isinstance(node, ast.Dict):
            pairs = [(k.value, v) for k, v in zip(node.keys, node.values, strict=True) if isinstance(k, ast.Constant)]
        if any(
            isinstance(v, ast.Constant) and isinstance(v.value, str) and f'{name}="{v.value}"' in asked
            for name, v in pairs
        ):
            return True
    return False


def _is_built(family: Family) -> bool:
    """Whether the library is not installed as a package for the CPU alone."""
    installed_as = distribution(family.package)
    return installed_as is None or not installed_as[0].endswith("-cpu")
