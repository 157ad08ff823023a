"""Whatever the JSON report says follows its schemas, held strictly; and readers may hold them less so."""

from __future__ import annotations

import copy
import enum
import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator

from bnlint.artifacts import frozen_graph, keras_archive, keras_hdf5, saved_model, tensor_bundle, v1_checkpoint
from bnlint.findings import ProblemKind, SuppressionKind
from bnlint.layers.course import Verdict
from bnlint.layers.layer import Mode
from bnlint.report import words
from bnlint.report.json import render
from bnlint.report.jsonl import pieces
from bnlint.schemas import text as packaged
from tests.goldens import FORMATS, GOLDENS
from tests.report.hostile import hostile
from tests.report.six import six
from tests.running import TF1, UNWIRED, invoke
from tests.schemas import MADE, strict


@lru_cache
def errors_of(name: str) -> Callable[[object], Iterator[Any]]:
    """Return what finds errors in a document, by the schema that we hold ourselves to."""
    return Draft202012Validator(strict(MADE[name]())).iter_errors


def errors(name: str, document: object) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in errors_of(name)(document)]


def test_the_example_of_the_readme_follows_the_schema() -> None:
    readme = (TF1.parent.parent / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```json\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    assert errors("report", json.loads(example)) == []


def test_every_golden_follows_the_schema() -> None:
    goldens = sorted(GOLDENS.glob("tf*/*.json"))
    assert len(goldens) > 800
    for golden in goldens:
        report = json.loads(golden.read_text("utf-8"))["report"]
        report["tool"]["version"] = "0.1.0"  # a golden is without
        assert errors("report", report) == [], golden


@pytest.mark.parametrize("make", [six, hostile])
def test_a_report_of_all_kinds_follows_the_schemas(make: Callable[[], Any]) -> None:
    report, about = make()
    assert errors("report", json.loads(render(report, about))) == []
    assert errors("report", json.loads(render(report))) == []
    for line in pieces(report, about):
        assert errors("line", json.loads(line)) == []


def test_the_goldens_of_all_kinds_follow_the_schemas() -> None:
    assert errors("report", json.loads(FORMATS["json"].read_text("utf-8"))) == []
    for line in FORMATS["jsonl"].read_text("utf-8").splitlines():
        assert errors("line", json.loads(line)) == []


@pytest.mark.parametrize(
    "words",
    [
        ("diff", f"{TF1}/run_stalled/model.ckpt-40", f"{TF1}/run_stalled/model.ckpt-80"),
        ("diff", UNWIRED, f"{TF1}/nothing"),
        ("inspect", f"{TF1}/run_stalled", "--history"),
        ("check", f"{TF1}/run_stalled", "--history"),
        ("check", UNWIRED, f"{TF1}/nothing"),
    ],
    ids=" ".join,
)
def test_every_command_follows_the_schema(words: tuple[str, ...]) -> None:
    assert errors("report", json.loads(invoke(*words, "--format", "json").stdout)) == []


SPOILT: dict[str, Callable[[Any], object]] = {
    "a field that is not listed": lambda report: report["artifacts"][0].update(extra=1),
    "a field that is absent": lambda report: report["summary"].pop("suppressed"),
    "a word that is not listed": lambda report: report["artifacts"][0].update(framework="jax"),
    "a key that is not listed": lambda report: report["artifacts"][0]["layers"][0]["modes"].update(idle=1),
    "a severity that is not one": lambda report: report["artifacts"][1]["findings"][0].update(severity="fatal"),
    "a null that cannot be": lambda report: report["tool"].update(version=None),
    "another version": lambda report: report.update(schema_version=2),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_what_is_not_in_the_schema_is_noticed(spoil: Callable[[Any], object]) -> None:
    report = json.loads(render(*six()))
    spoil(report)
    assert errors("report", report)


def test_readers_are_ready_for_fields_and_words_of_later_revisions() -> None:
    report = json.loads(render(*six()))
    later = copy.deepcopy(report)
    later["extra"] = later["artifacts"][0]["extra"] = later["artifacts"][1]["findings"][0]["extra"] = {"a": 1}
    later["artifacts"][0]["framework"] = "keras4"
    validator = Draft202012Validator(json.loads(packaged("report")))
    assert validator.is_valid(report)
    assert validator.is_valid(later)
    assert not validator.is_valid(report | {"summary": {}})


def known(alias: Any) -> set[str]:
    (hint,) = get_args(alias)[1:]
    return set(hint.words)


@pytest.mark.parametrize(
    ("alias", "enumeration"),
    [
        (words.ProblemWord, ProblemKind),
        (words.SuppressionWord, SuppressionKind),
        (words.VerdictWord, Verdict),
        (words.ModeWord, Mode),
    ],
)
def test_all_words_of_an_enumeration_are_known(alias: Any, enumeration: type[enum.Enum]) -> None:
    assert known(alias) == {member.value for member in enumeration}


def test_all_formats_are_known() -> None:
    modules = (tensor_bundle, v1_checkpoint, saved_model, frozen_graph, keras_hdf5, keras_archive)
    assert known(words.FormatWord) == {module.FORMAT for module in modules}
