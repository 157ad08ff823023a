"""What ``import bnlint`` offers."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import bnlint
from bnlint.findings import Confidence
from tests.running import ENVIRONMENT
from tests.situations import FIXTURES

UNWIRED, WIRED = (FIXTURES / "tf1.15" / name for name in ("layers_unwired", "layers_wired"))


def test_check_finds() -> None:
    report = bnlint.check(UNWIRED)
    assert isinstance(report, bnlint.Report)
    assert {f.rule for f in report.findings if f.severity is bnlint.Severity.ERROR} == {"BN101", "BN301"}
    assert all(isinstance(f, bnlint.Finding) for f in report.findings)


def test_one_path_or_several() -> None:
    assert [a.path for a in bnlint.check(str(WIRED)).artifacts] == [str(WIRED)]
    assert [a.path for a in bnlint.check([WIRED, str(UNWIRED)]).artifacts] == [str(WIRED), str(UNWIRED)]


def test_settings_are_obeyed() -> None:
    report = bnlint.check(UNWIRED, bnlint.Settings(select=("BN301",)))
    assert {f.rule for f in report.findings} == {"BN301"}
    with pytest.raises(ValueError, match="there is no rule 'BN99'"):
        bnlint.check(UNWIRED, settings=bnlint.Settings(select=("BN99",)))


def test_inspect_takes_the_inventory() -> None:
    report = bnlint.inspect(UNWIRED)
    assert [layer.name for layer in report.artifacts[0].layers] == ["conv/bn", "dense/bn"]
    assert report.findings == ()


def test_a_report_can_be_pickled_and_sent() -> None:
    report = bnlint.check([UNWIRED, WIRED])
    assert pickle.loads(pickle.dumps(report)) == report
    high = bnlint.Severity.ERROR
    bare = bnlint.Finding("BN101", "frozen-statistics", high, Confidence.HIGH, None, "message", "repair", "fingerprint")
    assert pickle.loads(pickle.dumps(bare)) == bare


def test_all_and_jobs() -> None:
    steps = FIXTURES / "tf1.15" / "several_steps"
    everything = bnlint.Settings(all=True)
    assert len(bnlint.check(steps).artifacts) == 1
    assert len(bnlint.check(steps, everything).artifacts) == len(bnlint.inspect(steps, everything).artifacts) == 3
    in_two = bnlint.Settings(all=True, jobs=2)
    assert bnlint.check(steps, in_two) == bnlint.check(steps, everything)


def test_jobs_need_no_main_guard(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        f"import bnlint; paths = [{str(UNWIRED)!r}, {str(WIRED)!r}];"
        "print(len(bnlint.check(paths, bnlint.Settings(jobs=2)).artifacts))"
    )
    result = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False, env=ENVIRONMENT)
    assert (result.stdout, result.stderr) == ("2\n", "")


def test_importing_is_cheap() -> None:
    script = """
import sys, bnlint
names = dir(bnlint)
assert {"check", "Finding", "Severity"} <= set(names), names
assert not {"numpy", "google", "rich", "click", "dataclasses"} & set(sys.modules)
bnlint.Severity
assert not {"numpy", "google", "rich", "click"} & set(sys.modules)
assert bnlint.check([]).artifacts == ()
"""
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, env=ENVIRONMENT
    )
    assert (result.returncode, result.stderr) == (0, "")


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'chek'"):
        bnlint.chek  # noqa: B018


@pytest.mark.parametrize("words", ["BN301", ["BN301"], ("BN301",)])
def test_rules_may_be_selected_by_a_word_or_a_list_of_words(words):
    settings = bnlint.Settings(select=words)
    assert settings.select == ("BN301",)
    assert bnlint.check(FIXTURES / "tf1.15/layers_unwired", settings).rules == ("BN301",)


def test_everything_public_can_be_had() -> None:
    assert {name for name in bnlint.__all__ if getattr(bnlint, name) is None} == set()


def named_in(kind: Any) -> Iterator[type]:
    """Yield the types of bnlint's own that an annotation is made of."""
    if isinstance(kind, type) and kind.__module__.startswith("bnlint."):
        yield kind
    for part in typing.get_args(kind):
        yield from named_in(part)


def within(*kinds: type) -> set[type]:
    """Return these types and, however deep, those of their fields and of what their properties return."""
    found: set[type] = set()
    waiting = list(kinds)
    while waiting:
        kind = waiting.pop()
        if kind in found:
            continue
        found.add(kind)
        properties = [item.fget for item in vars(kind).values() if isinstance(item, property)]
        hints = [
            *typing.get_type_hints(kind).values(),
            *(typing.get_type_hints(get).get("return") for get in properties),
        ]
        waiting += [part for hint in hints for part in named_in(hint)]
    return found


def test_whatever_a_report_or_settings_hold_has_a_public_name() -> None:
    kinds = within(bnlint.Report, bnlint.Settings)
    assert bnlint.Finding in kinds
    assert sorted(kind.__name__ for kind in kinds if getattr(bnlint, kind.__name__, None) is not kind) == []
    assert {kind.__name__ for kind in kinds} <= set(bnlint.__all__)


def test_every_public_name_stands_on_its_page() -> None:
    page = (FIXTURES.parent / "docs" / "python.md").read_text("utf-8")
    assert [name for name in bnlint.__all__ if not re.search(rf"`(?:bnlint\.)?{name}[`(]", page)] == []


@pytest.mark.parametrize(
    ("path", "settings", "code"),
    [
        (WIRED, None, 0),
        (UNWIRED, None, 1),
        (UNWIRED, bnlint.Settings(fail_on=None), 0),
        (FIXTURES / "tf1.15" / "no_batch_norm", bnlint.Settings(require_layers=True), 1),
        (Path("/no/such/path"), None, 2),
    ],
)
def test_a_program_learns_what_the_command_would_exit_with(
    path: Path, settings: bnlint.Settings | None, code: int
) -> None:
    assert bnlint.exit_code(bnlint.check(path, settings), settings) == code


def test_a_severity_may_be_said_by_its_word() -> None:
    words: Any = {"fail_on": "warning", "severity": {"BN101": "info"}}
    settings = bnlint.Settings(**words)
    assert settings == bnlint.Settings(fail_on=bnlint.Severity.WARNING, severity={"BN101": bnlint.Severity.INFO})
    assert bnlint.PerPath("runs/**", severity=words["severity"]).severity == {"BN101": bnlint.Severity.INFO}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ({"fail_on": "fatal"}, "fail_on: 'fatal' is no severity: info, warning, error"),
        ({"severity": {"BN101": 2.5}}, "severity.BN101: 2.5 is no severity: info, warning, error"),
        (
            {"suppress": (bnlint.Suppress(("BN101",), " "),)},
            "suppress[1]: has no reason: why these findings do not count",
        ),
    ],
)
def test_settings_that_mean_nothing_are_refused(words: dict[str, Any], complaint: str) -> None:
    with pytest.raises(bnlint.ConfigError, match=re.escape(complaint)):
        bnlint.Settings(**words)
