"""What a configuration says: every key, and every mistake in one line that names the place."""

from __future__ import annotations

import contextlib
import datetime
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import bnlint
from bnlint.config.overlay import laid
from bnlint.config.reading import KEYS, overlay
from bnlint.config.table import Table
from bnlint.findings import Severity
from bnlint.rules import registry
from bnlint.rules.rule import Threshold
from bnlint.settings import ConfigError, PerPath, Settings, Suppress

ROOT = "/project"
ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO


def load(tmp_path: Path, text: str) -> Settings:
    """Return the settings of a file, without what is always there: the root, and where its parts stand."""
    (tmp_path / "bnlint.toml").write_text(text, encoding="utf-8")
    made = bnlint.load_settings(tmp_path)
    assert made.root == str(tmp_path)
    return replace(
        made,
        root=None,
        per_path=tuple(replace(entry, source="") for entry in made.per_path),
        suppress=tuple(entry._replace(source="") for entry in made.suppress),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Settings()),
        ("select = ['BN3', 'frozen-statistics']", Settings(select=("BN3", "frozen-statistics"))),
        ("ignore = ['bn305']", Settings(ignore=("bn305",))),
        ("ignore = []", Settings()),
        ("select = ['BN3']\nextend-select = ['BN1']", Settings(select=("BN3", "BN1"))),
        ("ignore = ['BN3']\nextend-ignore = ['BN1']", Settings(ignore=("BN3", "BN1"))),
        ("fail-on = 'warning'", Settings(fail_on=WARNING)),
        ("fail-on = 'never'", Settings(fail_on=None)),
        ("strict = true\nrequire-layers = true", Settings(strict=True, require_layers=True)),
        ("all = true\nhistory = true\njobs = 4", Settings(all=True, history=True, jobs=4)),
        ("baseline = 'gs://bucket/baseline.json'", Settings(baseline="gs://bucket/baseline.json")),
        ("[severity]\nBN301 = 'info'", Settings(severity={"BN301": INFO})),
        (
            "[severity]\nBN501 = 'error'\nBN5 = 'info'\nreset-statistics = 'warning'",
            Settings(severity={"BN501": ERROR, "BN502": INFO, "BN503": WARNING}),
        ),
        (
            "[thresholds]\nBN105 = {warning = 0.1, error = 1}",
            Settings(thresholds={"BN105.warning": 0.1, "BN105.error": 1.0}),
        ),
        ("thresholds.underconverged-statistics.error = 0.5", Settings(thresholds={"BN105.error": 0.5})),
        ("[thresholds]\nBN105 = {}", Settings()),
        (
            """[[per-path]]
            path = 'old/**'
            select = ['BN1']
            ignore = []
            extend-select = ['BN2']
            extend-ignore = ['BN3']
            severity = {BN101 = 'info'}
            thresholds = {BN105 = {error = 0.5}}""",
            Settings(
                per_path=(PerPath("old/**", ("BN1",), (), ("BN2",), ("BN3",), {"BN101": INFO}, {"BN105.error": 0.5}),)
            ),
        ),
        (
            "[[per-path]]\npath = ['a', 'b']\nignore = ['BN1']\n[[per-path]]\npath = 'c'",
            Settings(per_path=(PerPath("a", ignore=("BN1",)), PerPath("b", ignore=("BN1",)), PerPath("c"))),
        ),
        (
            '[[suppress]]\nrule = "BN301"\nreason = " frozen\\n on purpose "',
            Settings(suppress=(Suppress(("BN301",), "frozen on purpose"),)),
        ),
        (
            "[[suppress]]\nrule = ['BN301', 'BN1']\nlayer = 'backbone/*'\npath = 'old'\nreason = 'r'",
            Settings(suppress=(Suppress(("BN301", "BN1"), "r", "backbone/*", "old"),)),
        ),
    ],
)
def test_what_is_said(tmp_path: Path, text: str, expected: Settings) -> None:
    assert load(tmp_path, text) == expected


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("ingore = ['BN1']", "ingore: there is no such key; did you mean ignore?"),
        ("fail_on = 'error'", "fail_on: there is no such key; did you mean fail-on?"),
        ("'a b' = 1", '"a b": there is no such key; there is all, baseline, extend, extend-ignore, extend-select,'),
        ("select = 'BN1'", "select: is a string, and must be an array of strings"),
        ("select = ['BN1', 2]", "select[2]: is a whole number, and must be a string"),
        ("select = ['BN1', 'BN999']", "select[2]: there is no rule 'BN999'; did you mean BN109?"),
        ("select = []", "select: names no rule; leave the key out for all of them"),
        ("ignore = ['']", "ignore[1]: is blank"),
        ("ignore = ['BN']", "what is selected and ignored leaves no rule to run"),
        ("extend-select = ['frozen']", "extend-select[1]: there is no rule 'frozen'"),
        ("fail-on = 'fatal'", "fail-on: is 'fatal'; it is one of error, warning, info, never"),
        ("strict = 1", "strict: is a whole number, and must be true or false"),
        ("jobs = true", "jobs: is a boolean, and must be a whole number"),
        ("jobs = 1.0", "jobs: is a number, and must be a whole number"),
        ("jobs = -1", "jobs: is negative, and cannot be"),
        ("baseline = ''", "baseline: is blank"),
        ("baseline = 2026-11-21", "baseline: is a date or time, and must be a string"),
        ("extend = ['a.toml']", "extend: is an array, and must be a string"),
        ("extend = ''", "extend: is blank"),
        ("severity = 'info'", "severity: is a string, and must be a table"),
        ("[severity]\nBN99 = 'info'", "severity.BN99: there is no rule 'BN99'"),
        ("[severity]\nBN101 = 'fatal'", "severity.BN101: is 'fatal'; it is one of error, warning, info"),
        ("[severity]\nBN101 = 'off'", "severity.BN101: is no severity; to leave a rule out, ignore it"),
        ("[severity]\nBN101 = true", "severity.BN101: is a boolean, and must be a string"),
        ("[severity]\nBN101 = []", "severity.BN101: is an array, and must be a string"),
        ("[thresholds]\nBN105 = 0.5", "thresholds.BN105: is a number, and must be a table"),
        ("[thresholds]\nBN1 = {}", "thresholds.BN1: means 9 rules, and thresholds belong to one"),
        ("[thresholds]\nBN101 = {a = 1}", "thresholds.BN101: BN101 has no thresholds"),
        ("[thresholds]\nBN105 = {warn = 1}", "thresholds.BN105.warn: there is no such key; did you mean warning?"),
        ("[thresholds]\nBN105 = {error = 1.5}", "thresholds.BN105.error: is 1.5, and must be from 0 to 1"),
        ("[thresholds]\nBN105 = {error = -1}", "thresholds.BN105.error: is -1, and must be from 0 to 1"),
        ("[thresholds]\nBN105 = {error = nan}", "thresholds.BN105.error: is no finite number"),
        ("[thresholds]\nBN108 = {large = inf}", "thresholds.BN108.large: is no finite number"),
        (f"[thresholds]\nBN108 = {{large = {9**400}}}", "thresholds.BN108.large: is no finite number"),
        ("[thresholds]\nBN105 = {error = true}", "thresholds.BN105.error: is a boolean, and must be a number"),
        ("per-path = 1", "per-path: is a whole number, and must be an array of tables: [[per-path]]"),
        ("[per-path]\npath = 'a'", "per-path: is a table, and must be an array of tables: [[per-path]]"),
        ("[[per-path]]\nignore = ['BN1']", "per-path[1]: has no path: the glob that it holds for, or an array of"),
        ("[[per-path]]\npath = []", "per-path[1].path: holds no glob"),
        ("[[per-path]]\npath = ['a', '']", "per-path[1].path[2]: is blank"),
        ("[[per-path]]\npath = 'a'\nstrict = true", "per-path[1].strict: there is no such key; "),
        (
            "[[per-path]]\npath = 'a'\n[[per-path]]\npath = 'b'\nignore = ['BN0']",
            "per-path[2].ignore[1]: there is no rule 'BN0'",
        ),
        ("[[per-path]]\npath = 'a'\nthresholds = {BN1 = {}}", "per-path[1].thresholds.BN1: means 9 rules"),
        ("[[per-path]]\npath = 'a'\nseverity = {BN1 = 1}", "per-path[1].severity.BN1: is a whole number"),
        (
            "select = ['BN1']\n[[per-path]]\npath = 'a'\nignore = ['BN1']",
            "per-path[1]: what is selected and ignored leaves no rule to run there",
        ),
        ("[[suppress]]\nreason = 'r'", "suppress[1]: has no rule: the rules that it holds for"),
        ("[[suppress]]\nrule = 'BN1'", "suppress[1]: has no reason: why these findings do not count"),
        ('[[suppress]]\nrule = "BN1"\nreason = " \\n"', "suppress[1].reason: is blank"),
        ("[[suppress]]\nrule = []\nreason = 'r'", "suppress[1].rule: names no rule"),
        ("[[suppress]]\nrule = 'BN0'\nreason = 'r'", "suppress[1].rule: there is no rule 'BN0'"),
        ("[[suppress]]\nrule = ['BN0']\nreason = 'r'", "suppress[1].rule[1]: there is no rule 'BN0'"),
        ("[[suppress]]\nrule = 'BN1'\nreason = 'r'\nlayers = 'a'", "suppress[1].layers: there is no such key; did you"),
        (
            "[[suppress]]\nrule = 'BN1'\nreason = 'r'\npath = ['a']",
            "suppress[1].path: is an array, and must be a string",
        ),
        (
            "[tool.bnlint]\nstrict = true",
            "tool: belongs to a pyproject.toml; here the keys stand without",
        ),
    ],
)
def test_mistakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, complaint: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as raised:
        load(tmp_path, text)
    assert str(raised.value).startswith(f"bnlint.toml: {complaint}")
    assert "\n" not in str(raised.value)


def test_the_place_in_a_pyproject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pyproject.toml").write_text("[[tool.bnlint.suppress]]\nrule = 'BN1'\nreason = 1")
    with pytest.raises(ConfigError, match=r"^pyproject\.toml: tool\.bnlint\.suppress\[1\]\.reason: is a whole number"):
        bnlint.load_settings()


def test_where_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bnlint.toml").write_text(
        "[[per-path]]\npath = 'a'\n[[suppress]]\nrule = 'BN1'\nreason = 'r'\n[[suppress]]\nrule = 'BN2'\nreason = 'r'"
    )
    made = bnlint.load_settings()
    assert [entry.source for entry in made.per_path] == ["bnlint.toml: per-path[1]"]
    assert [entry.source for entry in made.suppress] == ["bnlint.toml: suppress[1]", "bnlint.toml: suppress[2]"]


def test_a_code_that_others_begin_with_is_one_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = registry.find_rules("BN105")[0]
    added = [replace(one, code=f"XY{n}", name=f"x-{n}", thresholds=(Threshold(f"XY{n}.a", 1, "a"),)) for n in (1, 10)]
    monkeypatch.setattr(registry, "all_rules", lambda: (*registry.RULES, *added))
    assert load(tmp_path, "thresholds.XY1.a = 2").thresholds == {"XY1.a": 2.0}
    with pytest.raises(ConfigError, match=r"thresholds\.XY: means 2 rules"):
        load(tmp_path, "thresholds.XY.a = 2")


def test_what_is_long_is_not_repeated_in_full(tmp_path: Path) -> None:
    for text in (f"{'k' * 500} = 1", f"fail-on = '{'v' * 500}'"):
        with pytest.raises(ConfigError) as raised:
            load(tmp_path, text)
        assert len(str(raised.value).removeprefix(str(tmp_path))) < 400


SCALARS = st.one_of(
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.just(datetime.date(2026, 11, 21)),
    st.just(datetime.time(12)),
    st.sampled_from(["BN1", "BN105", "error", "info", "never", "runs/**", "r"]),
)
NAMES = st.text(max_size=5) | st.sampled_from(
    (*KEYS, "path", "rule", "layer", "reason", "BN105", "BN1", "warning", "error")
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@example({"thresholds": {"BN105": {"warning": 10**400}}})
@example({"per-path": [{"path": ["\0", "..", "**/../x", "[", "gs://"]}]})
@given(st.dictionaries(st.sampled_from(KEYS) | NAMES, VALUES, max_size=4))
def test_whatever_toml_can_hold_is_settings_or_a_mistake(items: dict[str, object]) -> None:
    with contextlib.suppress(ConfigError):
        said = overlay(Table(items, "bnlint.toml"), "/project/sub", ROOT, str)
        assert isinstance(laid([said]).settings, Settings)
