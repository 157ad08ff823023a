"""Several processes: order, what happens when one dies, and that none is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from bnlint.workers import WorkerDiedError, in_processes
from tests.running import ENVIRONMENT, UNWIRED, WIRED


def double(number: int, *, pause: float = 0.0) -> int:
    time.sleep(pause)
    return 2 * number


def die(number: int, *, how: int) -> int:
    if number == 3:
        os._exit(7) if how == 0 else os.kill(os.getpid(), how)
    return number


def chatter(number: int) -> int:
    print("a library says something on stdout")  # noqa: T201
    return number


def test_the_order_of_the_tasks_is_kept() -> None:
    assert list(in_processes(double, range(20), 3)) == [2 * number for number in range(20)]
    assert list(in_processes(double, [], 2)) == []


@pytest.mark.parametrize(
    ("how", "words"), [(0, "ended with exit code 7"), (9, "ended by SIGKILL"), (11, "ended by SIGSEGV")]
)
def test_a_worker_that_dies_takes_one_answer_with_it(how: int, words: str) -> None:
    answers = list(in_processes(partial(die, how=how), range(8), 2))
    assert [answer for answer in answers if isinstance(answer, int)] == [0, 1, 2, 4, 5, 6, 7]
    assert isinstance(answers[3], WorkerDiedError)
    assert str(answers[3]) == words


def test_what_is_printed_does_not_get_between(capfd: pytest.CaptureFixture[str]) -> None:
    assert list(in_processes(chatter, range(4), 2)) == [0, 1, 2, 3]


def test_a_dead_worker_is_a_problem_of_one_artifact(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    module = tmp_path / "deadly.py"
    module.write_text(
        "import os, bnlint.checking as street\n"
        "def look_at(task, real=street.look_at):\n"
        "    if 'layers_wired' in task.located.path: os.kill(os.getpid(), 9)\n"
        "    return real(task)\n"
    )
    script.write_text(
        "import deadly, bnlint, bnlint.checking as street\n"
        "street.look_at = deadly.look_at\n"
        f"report = bnlint.check([{WIRED!r}, {UNWIRED!r}], bnlint.Settings(jobs=2))\n"
        "print([(p.message, p.kind.value) for a in report.artifacts for p in a.problems], len(report.findings) > 0)\n"
    )
    result = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False, env=ENVIRONMENT)
    message = "internal error: the process that read it ended by SIGKILL"
    assert (result.stdout, result.stderr) == (f"[({message!r}, 'internal')] True\n", "")


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    script = f"""
import signal, sys, pathlib
signal.signal(signal.SIGINT, signal.default_int_handler)
from functools import partial
import bnlint.checking as street
from bnlint import cli
from tests.test_workers import double
def all_checked(found, tasks, jobs):
    from bnlint.workers import in_processes
    work = in_processes(partial(double, pause=0.2), range(1000), 2)
    next(work)
    pathlib.Path({str(tmp_path / "ready")!r}).touch()
    yield list(work)
street._all_checked = all_checked
sys.exit(cli.run(["check", {WIRED!r}]))
"""
    mark = f"mark{os.getpid()}x{time.monotonic_ns()}"
    environment = ENVIRONMENT | {"BNLINT_TEST_MARK": mark}
    running = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True, env=environment)
    while not (tmp_path / "ready").exists() and running.poll() is None:
        time.sleep(0.01)
    assert len(marked(mark)) == 3
    running.send_signal(signal.SIGINT)
    _, complaints = running.communicate(timeout=30)
    assert (running.returncode, complaints.strip()) == (130, "")
    assert marked(mark) == []


def marked(mark: str) -> list[str]:
    """Return the processes with a word in their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (path / "environ").read_bytes():
                found.append(path.name)
        except OSError:
            continue
    return found
