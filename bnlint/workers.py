"""Several processes for many artifacts: each is sent one thing at a time, and the results keep their order.

A worker is a fresh Python that imports bnlint and nothing of the program that asked. So it does not matter which
threads, locks or TensorFlow that program has (a fork copies them half), and a script needs no ``if __name__``.
A worker that dies takes one answer with it, not the others.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, Any

_GRACE_SECONDS = 2.0
"""How long a process that closed its pipe may take to end."""
_AHEAD = 128
"""Tasks for each worker that may be done before the one that is waited for: a slow one must not hold up the others, nor
may the answers of all the others pile up."""
_CHILD = "import sys; sys.path[:] = sys.argv[1:]; from bnlint.workers import serve; serve()"


class WorkerDiedError(Exception):
    """A worker ended before it answered, by a signal or for want of memory."""


def in_processes(work: Callable[[Any], Any], tasks: Iterable[Any], jobs: int) -> Iterator[Any]:
    """Do ``work`` on each task and yield the results in the order of the tasks.

    In the place of a result that a worker took with it stands a `WorkerDiedError`.

    Args:
        work: a function at the top of a module, or a partial of one.
        tasks: what it is called with; what can be pickled, like its results. They are asked for as they are needed.
        jobs: the number of processes.
    """
    crew = _Crew(work)
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="bnlint")
    try:
        waiting: deque[Future[object]] = deque()
        for task in tasks:
            waiting.append(pool.submit(crew.do, task))
            if len(waiting) > _AHEAD * jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        crew.dismiss()
        pool.shutdown()


class _Crew:
    """The workers, one for each thread that asks."""

    def __init__(self, work: Callable[[Any], Any]) -> None:
        self._work = pickle.dumps(work)
        self._own = threading.local()
        self._lock = threading.Lock()
        self._all: list[_Worker] = []
        self._is_dismissed = False

    def do(self, task: object) -> object:
        """Let this thread's worker do a task; a new one, where the last has died."""
        worker: _Worker | None = getattr(self._own, "worker", None)
        try:
            if worker is None:
                worker = self._own.worker = self._hire()
            return worker.ask(task)
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            self._own.worker = None
            return WorkerDiedError(f"no process could be started: {error}" if worker is None else worker.autopsy())

    def _hire(self) -> _Worker:
        worker = _Worker(self._work)
        with self._lock:
            self._all.append(worker)
            if self._is_dismissed:
                worker.end()
        return worker

    def dismiss(self) -> None:
        """End all workers, also those in the middle of a task."""
        with self._lock:
            self._is_dismissed = True
            for worker in self._all:
                worker.end()


class _Worker:
    """One process and its two pipes."""

    def __init__(self, work: bytes) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - this Python, this package
            [sys.executable, "-c", _CHILD, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"OPENBLAS_NUM_THREADS": "1", **os.environ},
            start_new_session=True,  # Ctrl-C is for the one who asked; it ends the workers
        )
        self._to, self._from = _both(self._process)
        _send(self._to, work)

    def ask(self, task: object) -> object:
        """Send a task and wait for the answer."""
        _send(self._to, pickle.dumps(task))
        answer: object = pickle.load(self._from)  # noqa: S301 - from our own process
        return answer

    def autopsy(self) -> str:
        """Say how the process ended, which stopped answering."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE_SECONDS)
        code = self.end()
        return f"ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"

    def end(self) -> int:
        """Stop the process if it has not ended, and return how it did."""
        self._process.kill()
        code = self._process.wait()
        for pipe in (self._to, self._from):
            with contextlib.suppress(OSError):  # what it was never sent
                pipe.close()
        return code


def _both(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


def _send(pipe: IO[bytes], data: bytes) -> None:
    pipe.write(data)
    pipe.flush()


def serve() -> None:
    """Be a worker: read the work, then tasks, and write results until there is nothing more to read."""
    tasks = sys.stdin.buffer
    results = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get between the results
    work = pickle.load(tasks)  # noqa: S301 - from the process that started this one
    while True:
        try:
            task = pickle.load(tasks)  # noqa: S301 - as above
        except EOFError:
            return
        _send(results, pickle.dumps(work(task)))
