"""What many artifacts cost in memory: nothing that grows with their number but names."""

from __future__ import annotations

import gc
import io
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import bnlint
from bnlint import packing, workers
from bnlint.checking import check_paths
from bnlint.commandline import terminal
from bnlint.report import json as machine
from bnlint.report.checked import check_lines
from bnlint.report.inspected import inspect_lines
from bnlint.report.text import pieces, render
from bnlint.workers import in_processes
from tests.report.reports import cause_and_symptom, report
from tests.running import TF1, invoke
from tests.test_workers import double

ONE = report(*cause_and_symptom("conv/bn")).artifacts[0]
COUNT = packing.FEW + 4


def many(count: int) -> bnlint.Report:
    return bnlint.Report(packing.packed(ONE for _ in range(count)), rules=("BN101", "BN301"))


@pytest.mark.parametrize(
    "fixture", ["layers_unwired", "ema_in_cond", "estimator_export", "fit_model/model.h5", "frozen_graph_unwired"]
)
def test_an_artifact_leaves_no_cycles(fixture: str) -> None:
    check_paths([str(TF1 / fixture)])  # what is made once
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        check_paths([str(TF1 / fixture)])
        gc.collect()
        left = {type(item).__qualname__ for item in gc.garbage if type(item).__module__.startswith("bnlint")}
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert left == set()


@pytest.mark.parametrize("count", [1, COUNT])
def test_a_packed_report_reads_as_a_plain_one(count: int) -> None:
    packed, plain = many(count), bnlint.Report((ONE,) * count, rules=("BN101", "BN301"))
    assert packed == plain
    assert packed.summary == plain.summary
    assert packed.findings == plain.findings
    assert machine.render(packed) == machine.render(plain)
    assert len(json.loads(machine.render(packed))["artifacts"]) == count
    for lines in (check_lines, inspect_lines):
        assert render(lines(packed), width=80, color=False) == render(lines(plain), width=80, color=False)


@pytest.mark.parametrize(
    "written",
    [
        machine.pieces,
        lambda found: pieces(check_lines(found, verbose=True), width=80, color=False),
        lambda found: pieces(inspect_lines(found), width=80, color=False),
    ],
)
def test_a_report_is_written_artifact_by_artifact(written: Callable[[bnlint.Report], Iterator[str]]) -> None:
    longest = [max(map(len, written(many(count)))) for count in (1, COUNT)]
    assert longest[1] <= longest[0] + 2


def test_a_report_in_pieces_replaces_a_file_whole(tmp_path: Path) -> None:
    target = tmp_path / "report"
    target.write_text("old")

    def broken() -> Iterator[str]:
        yield "new"
        assert target.read_text() == "old"
        raise RuntimeError

    with pytest.raises(RuntimeError):
        terminal.write_file(broken(), str(target))
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_workers_do_not_run_far_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_AHEAD", 3)
    taken = io.StringIO()

    def tasks() -> Iterator[int]:
        for number in range(40):
            assert threading.current_thread() is threading.main_thread()
            taken.write("x")
            yield number

    for number, answer in enumerate(in_processes(double, tasks(), 2)):
        assert answer == 2 * number
        assert len(taken.getvalue()) <= number + 1 + 2 * 3 + 1


def test_both_commands_write_many() -> None:
    steps = [str(path) for path in sorted(TF1.iterdir()) if path.name.startswith(("layers_", "ema_"))]
    assert len(steps) > packing.FEW
    for command in ("check", "inspect"):
        together = json.loads(invoke(command, *steps, "--format", "json", "--jobs", "2").stdout)
        alone = [json.loads(invoke(command, path, "--format", "json").stdout)["artifacts"][0] for path in steps]
        assert together["artifacts"] == alone
