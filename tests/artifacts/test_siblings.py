"""A checkpoint beside this one that holds what it lacks, of the same state or of another model's."""

from __future__ import annotations

import shutil
from pathlib import Path

from bnlint.checking import check_paths
from bnlint.findings import Finding, Severity
from bnlint.formats.source import BytesSource
from bnlint.formats.tensor_bundle import read_index
from tests.formats.writing import edited
from tests.situations import FIXTURES

STATISTICS = [f"{layer}/bn/{name}" for layer in ("conv", "dense") for name in ("moving_mean", "moving_variance")]


def copy(fixture: str, prefix: Path) -> None:
    (source,) = (FIXTURES / "tf1.15" / fixture).glob("*.index")
    for path in source.parent.glob(f"{source.stem}.*"):
        shutil.copy(path, prefix.with_name(prefix.name + path.suffix))


def without(index: Path, names: list[str]) -> None:
    index.write_bytes(edited(index.read_bytes(), {name.encode(): None for name in names}))


def saved(prefix: Path) -> list[str]:
    names = read_index(BytesSource(prefix.with_name(prefix.name + ".index").read_bytes())).tensors
    return [name.decode() for name in names]


def missing_statistics(prefix: Path) -> list[Finding]:
    return [finding for finding in check_paths([str(prefix)]).findings if finding.rule == "BN201"]


def test_another_save_of_the_same_state_holds_them(tmp_path: Path) -> None:
    copy("saver_model_only", tmp_path / "weights.ckpt")
    without(tmp_path / "weights.ckpt.index", STATISTICS)
    assert {f.severity for f in missing_statistics(tmp_path / "weights.ckpt")} == {Severity.ERROR}
    copy("saver_model_only", tmp_path / "all.ckpt")
    found = missing_statistics(tmp_path / "weights.ckpt")
    assert {f.severity for f in found} == {Severity.INFO}
    assert {r.name for f in found for r in f.related if r.kind == "checkpoint"} == {"all.ckpt"}


def test_the_complement_holds_them(tmp_path: Path) -> None:
    copy("saver_model_only", tmp_path / "weights.ckpt")
    without(tmp_path / "weights.ckpt.index", STATISTICS)
    copy("layers_unwired_without_clock", tmp_path / "statistics.ckpt")
    assert {f.severity for f in missing_statistics(tmp_path / "weights.ckpt")} == {Severity.ERROR}
    shared = set(saved(tmp_path / "weights.ckpt")) & set(saved(tmp_path / "statistics.ckpt"))
    without(tmp_path / "statistics.ckpt.index", sorted(shared))
    assert {f.severity for f in missing_statistics(tmp_path / "weights.ckpt")} == {Severity.INFO}


def test_another_model_with_the_same_names_does_not_count(tmp_path: Path) -> None:
    copy("saver_trainable_only", tmp_path / "a.ckpt")
    copy("layers_unwired_without_clock", tmp_path / "b.ckpt")
    assert set(STATISTICS) <= set(saved(tmp_path / "b.ckpt"))
    assert {f.severity for f in missing_statistics(tmp_path / "a.ckpt")} == {Severity.ERROR}


def test_a_damaged_sibling_is_not_this_checkpoints_problem(tmp_path: Path) -> None:
    copy("saver_trainable_only", tmp_path / "a.ckpt")
    (tmp_path / "b.ckpt.index").write_bytes(b"nothing of the kind")
    report = check_paths([str(tmp_path / "a.ckpt")])
    assert report.summary.problems == 0
    assert {f.severity for f in report.findings if f.rule == "BN201"} == {Severity.ERROR}
