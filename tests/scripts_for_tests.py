"""Run printed scripts as processes that begin with the libraries already imported: that import takes seconds.

A process of its own imports them once and forks for each script; it knows nothing of the package. That scripts run in a
bare interpreter as well is tested where the whole workflow is.
"""

import atexit
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path


def run_script(script, *arguments, folder):
    """Run a script in a folder, as ``python -P SCRIPT ARGUMENTS`` does.

    Returns
    -------
    subprocess.CompletedProcess
        With the text that it wrote.
    """
    folder, command = Path(folder), [str(script), *map(str, arguments)]
    out, err = folder / ".stdout", folder / ".stderr"
    server = _server()
    request = {"argv": command, "cwd": str(folder), "out": str(out), "err": str(err)}
    server.stdin.write(json.dumps(request) + "\n")
    server.stdin.flush()
    code = int(server.stdout.readline())
    texts = [path.read_text(encoding="utf-8") for path in (out, err)]
    out.unlink()
    err.unlink()
    return subprocess.CompletedProcess(command, code, *texts)


@cache
def _server():
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    server = subprocess.Popen(
        [sys.executable, "-P", __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    atexit.register(server.kill)
    return server


def _serve():
    import pandas  # noqa: F401
    import sklearn.compose
    import sklearn.ensemble
    import sklearn.linear_model
    import sklearn.metrics
    import sklearn.model_selection
    import sklearn.pipeline  # noqa: F401

    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if not child:
            _run(**request)
        answers.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        answers.flush()


def _run(argv, cwd, out, err):
    """Become the script; ends the process as the interpreter would."""
    import runpy

    os.chdir(cwd)
    for number, path in ((0, os.devnull), (1, out), (2, err)):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC), number)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)
    sys.argv[:] = argv
    code = 0
    try:
        runpy.run_path(argv[0], run_name="__main__")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:  # noqa: BLE001 - as the interpreter: any error is written, and ends the script
        import traceback

        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _serve()
