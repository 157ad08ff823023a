"""Where a configuration is found, what it extends, and files that are none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import bnlint
from bnlint.config import files as config_files
from bnlint.settings import ConfigError
from tests.running import ENVIRONMENT

TOOL = "[tool.bnlint]\njobs = 3\n"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory with two below it, of which the inner one is the working directory."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    return tmp_path


def test_none(tree: Path) -> None:
    assert bnlint.load_settings() == bnlint.Settings()


@pytest.mark.parametrize(
    ("files", "jobs"),
    [
        ({"bnlint.toml": "jobs = 2"}, 2),
        ({"a/bnlint.toml": "jobs = 2", "bnlint.toml": "jobs = 9"}, 2),
        ({"a/b/bnlint.toml": "", "bnlint.toml": "jobs = 9"}, 1),
        ({"pyproject.toml": TOOL}, 3),
        ({"bnlint.toml": "jobs = 2", "pyproject.toml": TOOL}, 2),
        ({"bnlint.toml": "jobs = 2", "a/pyproject.toml": TOOL}, 3),
        ({"bnlint.toml": "jobs = 2", "a/pyproject.toml": "[project]\ndependencies = ['bnlint']"}, 2),
        ({"bnlint.toml": "jobs = 2", "a/pyproject.toml": "[tool.other]"}, 2),
        ({"bnlint.toml": "jobs = 2", "a/pyproject.toml": "tool = 'bnlint'"}, 2),
        ({"bnlint.toml": "jobs = 2", "a/pyproject.toml": "this is no TOML"}, 2),
        ({"pyproject.toml": "[ tool . 'bnlint' ]\njobs = 3"}, 3),
        ({"pyproject.toml": "tool = {bnlint = {jobs = 3}}"}, 3),
        ({"pyproject.toml": 'tool."bn\\u006cint".jobs = 3'}, 3),
        ({"pyproject.toml": '["\\U00000074ool"."\\u0062n\\u006cint"]\njobs = 3'}, 3),
        ({"a/bnlint.toml/x": "", "bnlint.toml": "jobs = 2"}, 2),
        ({"bnlint.toml": "\ufeffjobs = 2\r\nall = true\r\n"}, 2),
    ],
)
def test_the_nearest(tree: Path, files: dict[str, str], jobs: int) -> None:
    for name, text in files.items():
        (tree / name).parent.mkdir(exist_ok=True)
        (tree / name).write_text(text, encoding="utf-8", newline="")
    assert bnlint.load_settings().jobs == jobs


def test_its_directory_is_what_paths_are_relative_to(tree: Path) -> None:
    (tree / "bnlint.toml").write_text("baseline = 'known/baseline.json'\n[[suppress]]\nrule = 'BN1'\nreason = 'r'")
    made = bnlint.load_settings()
    assert made.root == str(tree)
    assert made.baseline == os.path.join("..", "..", "known", "baseline.json")
    assert made.suppress[0].source == f"{os.path.join('..', '..', 'bnlint.toml')}: suppress[1]"
    (tree / "elsewhere").mkdir()
    assert bnlint.load_settings(tree / "elsewhere") == made


def test_what_is_shown_is_the_same_wherever_a_clone_is(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tree.joinpath(*["d"] * 40)
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    (tree / "bnlint.toml").write_text("baseline = 'b.json'\n[[suppress]]\nrule = 'BN1'\nreason = 'r'")
    made = bnlint.load_settings()
    assert made.suppress[0].source == f"{os.path.join(*['..'] * 40, 'bnlint.toml')}: suppress[1]"
    assert made.baseline == os.path.join(*[".."] * 40, "b.json")


def test_absolute_paths_stay_so(tree: Path) -> None:
    base = tree / "a" / "base.toml"
    base.write_text(f"baseline = '{tree / 'b.json'}'\n[[suppress]]\nrule = 'BN1'\nreason = 'r'")
    (tree / "bnlint.toml").write_text(f"extend = '{base}'")
    made = bnlint.load_settings()
    assert made.baseline == str(tree / "b.json")
    assert made.suppress[0].source == f"{base}: suppress[1]"


def test_one_that_is_named(tree: Path) -> None:
    (tree / "bnlint.toml").write_text("jobs = 9")
    (tree / "ours.toml").write_text("jobs = 2")
    (tree / "pyproject.toml").write_text(TOOL)
    assert bnlint.load_settings(config="../../ours.toml").jobs == 2
    assert bnlint.load_settings(config=tree / "pyproject.toml").jobs == 3
    (tree / "pyproject.toml").write_text("[project]")
    with pytest.raises(ConfigError, match=r"^\.\./\.\./pyproject\.toml: has no \[tool\.bnlint\]$"):
        bnlint.load_settings(config="../../pyproject.toml")


def test_what_is_extended_holds_below(tree: Path) -> None:
    (tree / "team").mkdir()
    (tree / "team" / "base.toml").write_text(
        "extend = 'older.toml'\njobs = 2\nbaseline = 'known.json'\nignore = ['BN305']\n[severity]\nBN3 = 'info'\n"
        "[thresholds]\nBN105 = {warning = 0.1, error = 0.4}\n[[per-path]]\npath = 'runs/**'\nignore = ['BN1']\n"
        "[[suppress]]\nrule = 'BN1'\npath = 'runs/**'\nreason = 'base'\n"
    )
    (tree / "team" / "older.toml").write_text("jobs = 7\nstrict = true\nselect = ['BN1', 'BN3']")
    (tree / "a" / "bnlint.toml").write_text(
        "extend = '../team/base.toml'\nall = true\nextend-ignore = ['BN306']\n[severity]\nBN301 = 'warning'\n"
        "[thresholds]\nBN105 = {error = 0.5}\n[[per-path]]\npath = 'runs/**'\n"
        "[[suppress]]\nrule = 'BN1'\nreason = 'own'\n"
    )
    made = bnlint.load_settings()
    assert (made.jobs, made.strict, made.all) == (2, True, True)
    assert (made.select, made.ignore) == (("BN1", "BN3"), ("BN305", "BN306"))
    assert made.baseline == os.path.join("..", "..", "team", "known.json")
    assert made.root == str(tree / "a")
    assert {code: severity.label for code, severity in made.severity.items() if code < "BN303"} == {
        "BN301": "warning",
        "BN302": "info",
    }
    assert made.thresholds == {"BN105.warning": 0.1, "BN105.error": 0.5}
    assert [entry.path for entry in made.per_path] == ["../team/runs/**", "runs/**"]
    assert [(entry.reason, entry.path) for entry in made.suppress] == [("own", None), ("base", "../team/runs/**")]


def test_a_pyproject_may_extend_and_be_extended(tree: Path) -> None:
    (tree / "pyproject.toml").write_text(TOOL)
    (tree / "a" / "b" / "pyproject.toml").write_text("[tool.bnlint]\nextend = '../../pyproject.toml'")
    assert bnlint.load_settings().jobs == 3


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        ({"bnlint.toml": "extend = 'bnlint.toml'"}, "bnlint.toml: extend: bnlint.toml is extended by itself"),
        (
            {"bnlint.toml": "extend = 'x.toml'", "x.toml": "extend = '../b/bnlint.toml'"},
            "x.toml: extend: bnlint.toml is extended by itself",
        ),
        (
            {"bnlint.toml": "extend = 'x.toml'"},
            "bnlint.toml: extend: x.toml: cannot be read: No such file or directory",
        ),
        (
            {"bnlint.toml": "extend = 'x.toml'", "x.toml": "\njobs 2"},
            "bnlint.toml: extend: x.toml:2:6: is not TOML: expected '=' after a key in a key/value pair",
        ),
        (
            {"pyproject.toml": "[tool.bnlint]\nextend = '../pyproject.toml'", "../pyproject.toml": ""},
            "pyproject.toml: tool.bnlint.extend: ../pyproject.toml: has no [tool.bnlint]",
        ),
        ({"bnlint.toml": "extend = 'x.toml'", "x.toml": "jobs = ''"}, "x.toml: jobs: is a string, and must be"),
        ({"bnlint.toml": 'extend = "\\u0000"'}, "bnlint.toml: extend: \0: cannot be read: embedded null byte"),
        (
            {"bnlint.toml": "extend = '0.toml'"} | {f"{n}.toml": f"extend = '{n + 1}.toml'" for n in range(20)},
            "14.toml: extend: more than 16 files extend one another",
        ),
    ],
)
def test_what_cannot_be_extended(tree: Path, files: dict[str, str], complaint: str) -> None:
    for name, text in files.items():
        Path(name).write_text(text)
    with pytest.raises(ConfigError) as raised:
        bnlint.load_settings()
    assert str(raised.value).startswith(complaint)


DEEP = "x = " + "[" * 100_000


@pytest.mark.parametrize("name", ["bnlint.toml", "pyproject.toml"])
@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"#bnlint\njobs = \xff", ":2: is not UTF-8, as TOML has to be"),
        (b"\xff\xfej\0o\0b\0s\0bnlint", ":1: is not UTF-8, as TOML has to be"),
        (b"#bnlint\njobs = 1\njobs = 2", ":3:9: is not TOML: cannot overwrite a value"),
        (b"#bnlint\njobs = 1\n[", ":3:2: is not TOML: "),
        (b"#bnlint\nselect = [\n", ":3:1: is not TOML: "),
        (b"#bnlint\nselect = [\r\n'", ":3:2: is not TOML: "),
        (b"#bnlint\0\njobs = 1", ":1:8: is not TOML: found invalid character "),
        (b"#bnlint\njobs = " + b"9" * 5000, ": is not TOML: "),
        (f"#bnlint\n{DEEP}".encode(), ": is nested too deeply"),
        (b"#bnlint\na" + b".a" * 300_000 + b" = 1", ":2: has more than 1000 dots, and no configuration has"),
        (b"#bnlint\n" + b"#" * (1 << 20), ": is larger than 1 MiB, and no configuration is"),
    ],
)
def test_what_is_no_configuration(tree: Path, name: str, data: bytes, complaint: str) -> None:
    Path(name).write_bytes(data)
    with pytest.raises(ConfigError) as raised:
        bnlint.load_settings()
    assert str(raised.value).startswith(f"{name}{complaint}")
    assert "\n" not in str(raised.value)


def test_what_cannot_be_opened(tree: Path) -> None:
    with pytest.raises(ConfigError, match=r"^\.: cannot be read: Is a directory$"):
        bnlint.load_settings(config=".")
    with pytest.raises(ConfigError, match=r"^none\.toml: cannot be read: No such file or directory$"):
        bnlint.load_settings(config="none.toml")


@pytest.mark.parametrize(("target", "why"), [("gone", "No such file or directory"), ("bnlint.toml", "Too many levels")])
def test_a_link_that_leads_nowhere_is_not_passed_over(tree: Path, target: str, why: str) -> None:
    (tree / "bnlint.toml").write_text("jobs = 9")
    Path("bnlint.toml").symlink_to(target)
    with pytest.raises(ConfigError, match=rf"^bnlint\.toml: cannot be read: {why}"):
        bnlint.load_settings()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read(tree: Path) -> None:
    Path("bnlint.toml").touch(0o000)
    with pytest.raises(ConfigError, match=r"^bnlint\.toml: cannot be read: Permission denied$"):
        bnlint.load_settings()


def test_no_toml_is_imported_where_there_is_no_file(tree: Path) -> None:
    (tree / "pyproject.toml").write_text("[project]\nname = 'something else'")
    script = """
import sys, bnlint
bnlint.load_settings()
assert not {"tomllib", "tomli", "numpy", "bnlint.config.reading", "bnlint.rules.registry"} & set(sys.modules)
"""
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, env=ENVIRONMENT
    )
    assert (result.returncode, result.stderr) == (0, "")


def test_a_working_directory_that_is_gone(tree: Path) -> None:
    Path.cwd().rmdir()
    assert bnlint.load_settings() == bnlint.Settings()


@example(b"\xef\xbb\xbf\xef\xbb\xbf")
@example(b"a=" + b"{a=" * 5000)
@example(b"a" + b".a" * 5000 + b"=1")
@example(b"a = 0e" + b"9" * 5000)
@example(b"a = 9999-99-99")
@given(st.binary() | st.text(alphabet="ab.=[]{}'\"#\\\n 019-:eTinf").map(str.encode))
def test_whatever_a_file_holds_is_toml_or_a_mistake(data: bytes) -> None:
    try:
        found: object = config_files._parsed(data, "shown.toml")
    except ConfigError as error:
        found = str(error).startswith("shown.toml") and "\n" not in str(error)
    assert isinstance(found, dict) or found is True
