"""The stop button, in a real kernel."""

import queue
import time

import pytest
from jupyter_client.manager import start_new_kernel

pytestmark = pytest.mark.slow


def messages(client, until, seconds):
    """Collect output messages until one satisfies `until`."""
    found, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            message = client.get_iopub_msg(timeout=0.5)
        except queue.Empty:
            continue
        found.append(message)
        if until(message):
            return found
    raise AssertionError(f"not seen within {seconds} s: {[m['content'] for m in found][-3:]}")


def is_idle(message):
    return message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"


def has_text(text):
    return lambda message: message["msg_type"] == "stream" and text in message["content"]["text"]


def test_stop_ends_the_cell_within_two_seconds_and_keeps_what_is_finished(churn_path, tmp_path):
    manager, client = start_new_kernel()
    try:
        client.execute_interactive(
            f"%load_ext mlestar\n%mlestar start --dataset {churn_path} --target Churn --output {tmp_path}",
            timeout=60, output_hook=lambda message: None,
        )  # fmt: skip
        client.execute("%%mlestar foundation\ncandidates: 10")
        messages(client, has_text("linear:"), 60)
        start = time.monotonic()
        manager.interrupt_kernel()
        seen = messages(client, lambda m: m["msg_type"] == "error", 10)
        assert time.monotonic() - start < 2
        assert seen[-1]["content"]["traceback"] == [
            "Stopped. All finished evaluations are kept; run the cell again to go on from here."
        ]
        messages(client, is_idle, 10)
        client.execute("%%mlestar foundation\ncandidates: 3")
        again = messages(client, has_text("from the journal"), 60)
        assert "2 from the journal" in again[-1]["content"]["text"] or "3 from" in again[-1]["content"]["text"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_stop_while_an_edit_is_scored_fails_its_cell_and_keeps_the_block_before(churn_path, tmp_path):
    manager, client = start_new_kernel()
    slow = "# mlestar: cleaning\ndef clean(X):\n    import time\n    time.sleep(60)\n    return X"
    watched = "get_ipython()._mlestar_session.workflow.listen(lambda event: print(type(event).__name__, flush=True))"
    start = f"%load_ext mlestar\n%mlestar start --dataset {churn_path} --target Churn --output {tmp_path} --sample 500"
    try:
        for source in (start, "%%mlestar foundation\ncandidates: 2", watched):
            reply = client.execute_interactive(source, timeout=120, output_hook=lambda message: None)
            assert reply["content"]["status"] == "ok"
        client.execute(slow)
        messages(client, has_text("Working"), 60)
        began = time.monotonic()
        manager.interrupt_kernel()
        seen = messages(client, lambda m: m["msg_type"] == "error", 10)
        assert time.monotonic() - began < 2
        assert seen[-1]["content"]["traceback"] == [
            "Stopped. The edited block was not scored and is not used yet; run the cell again."
        ]
        messages(client, is_idle, 10)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
