"""Rules of other distributions: how they are found, what they must be, and that they can harm no other rule."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import DistributionFinder
from pathlib import Path

import pytest

from bnlint.report.formats import MACHINES
from bnlint.report.rule_page import rule_page
from bnlint.rules import plugins
from bnlint.rules.diagnose import diagnose
from bnlint.rules.plugin_error import PluginError
from bnlint.rules.plugins import load_plugins
from bnlint.rules.registry import RULES, find_rules
from tests.plugging import EVERY_LAYER, HEAD, ORIGIN, describe, install, new_module, path
from tests.rules.build import INIT, layer, subject
from tests.running import ENVIRONMENT, UNWIRED, WIRED, process


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory on sys.path."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    return folder


# How they are found.


@pytest.mark.parametrize(
    ("folder", "file"),
    [
        ("acme_bnlint-1.0.dist-info", "METADATA"),
        ("acme_bnlint.egg-info", "PKG-INFO"),
        ("acme_bnlint-1.0-py3.egg/EGG-INFO", "PKG-INFO"),
    ],
)
def test_whatever_installer_left_the_metadata(
    folder: str, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = new_module()
    describe(tmp_path / folder, f"a = {name}:every_layer", "acme-bnlint", "1.0", file)
    (tmp_path / f"{name}.py").write_text(HEAD + EVERY_LAYER)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.syspath_prepend(str((tmp_path / folder).parent))
    assert [(rule.code, rule.origin) for rule in load_plugins(RULES)] == [("ACME001", ORIGIN)]


def test_in_a_zip_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "site", EVERY_LAYER, module=new_module())
    with zipfile.ZipFile(tmp_path / "site.zip", "w") as archive:
        for file in (tmp_path / "site").rglob("*"):
            archive.write(file, file.relative_to(tmp_path / "site"))
    monkeypatch.syspath_prepend(str(tmp_path / "site.zip"))
    assert [rule.origin for rule in load_plugins(RULES)] == [ORIGIN]


def test_by_a_finder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, EVERY_LAYER, module=new_module())

    class Finder(DistributionFinder):
        def find_spec(self, name: str, *_others: object) -> ModuleSpec | None:
            return PathFinder.find_spec(name, [str(tmp_path)])

        def find_distributions(self, context: DistributionFinder.Context = DistributionFinder.Context()) -> object:  # type: ignore[override]  # noqa: B008
            return PathFinder.find_distributions(DistributionFinder.Context(name=context.name, path=[str(tmp_path)]))

    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder()])
    assert [rule.origin for rule in load_plugins(RULES)] == [ORIGIN]


def test_where_nothing_is_installed_no_metadata_is_read(tmp_path: Path) -> None:
    describe(tmp_path / "other-1.0.dist-info", "", "other", "1.0")
    (tmp_path / "other-1.0.dist-info" / "entry_points.txt").write_text("[console_scripts]\na = a:b\n")
    code = (
        "import sys; from bnlint.rules.registry import all_rules, RULES; assert all_rules() == RULES;"
        "print('importlib.metadata' in sys.modules)"
    )
    command = [sys.executable, "-c", code]
    assert subprocess.check_output(command, text=True, env=ENVIRONMENT | {"PYTHONPATH": path(tmp_path)}) == "False\n"


@pytest.mark.parametrize("what", ["nothing", "a file"])
def test_what_is_on_the_path_and_is_no_directory(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if what == "a file":
        (tmp_path / "x").write_text("no archive")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "x")])
    assert load_plugins(RULES) == ()


def test_they_can_be_left_out(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(site, EVERY_LAYER, module=new_module())
    monkeypatch.setenv(plugins.NO_PLUGINS, "1")
    assert load_plugins(RULES) == ()
    monkeypatch.setenv(plugins.NO_PLUGINS, "")
    assert len(load_plugins(RULES)) == 1


@pytest.mark.parametrize(
    ("words", "is_loaded"),
    [
        (["--version"], False),
        (["--help"], False),
        (["check", "--help"], False),
        (["inspect", WIRED], False),
        (["inspect", WIRED, "--format", "json"], False),
        (["rule"], True),
        (["check", WIRED], True),
        (["diff", WIRED, UNWIRED], True),
    ],
    ids=str,
)
def test_they_are_loaded_where_rules_are_needed(words: list[str], is_loaded: bool, tmp_path: Path) -> None:  # noqa: FBT001
    install(tmp_path, f"import sys; print('loaded', file=sys.stderr)\n{EVERY_LAYER}")
    done = process(*words, PYTHONPATH=path(tmp_path))
    assert ("loaded" in done.stderr) is is_loaded
    assert done.returncode < 2


# What they give.


def test_an_entry_point_may_offer_several_rules(site: Path) -> None:
    other = EVERY_LAYER.replace("ACME001", "ACME000").replace("every-layer", "any-layer").replace("every_", "any_")
    name = new_module()
    install(site, f"{EVERY_LAYER}{other}\nALL = [every_layer, any_layer]", "all = {module}:ALL", module=name)
    third = EVERY_LAYER.replace("ACME001", "BNP12").replace("every-", "bnp-")
    install(site, third, module=new_module(), name="a", version="2")
    loaded = load_plugins(RULES)
    assert [(rule.code, rule.origin) for rule in loaded] == [("ACME000", ORIGIN), ("ACME001", ORIGIN), ("BNP12", "a 2")]


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (["--select", "ACME001"], ["ACME001"]),
        (["--select", "acme"], ["ACME001"]),
        (["--select", "ACME0,BN301"], ["BN301", "ACME001"]),
        (["--select", "every-layer"], ["ACME001"]),
        (["--ignore", "BN"], ["ACME001"]),
        (["--ignore", "ACME"], [rule.code for rule in RULES]),
        ([], [*(rule.code for rule in RULES), "ACME001"]),
    ],
    ids=str,
)
def test_they_are_selected_like_others(words: list[str], codes: list[str], tmp_path: Path) -> None:
    install(tmp_path, EVERY_LAYER)
    done = process("check", WIRED, *words, "--format", "json", PYTHONPATH=path(tmp_path))
    report = json.loads(done.stdout)
    assert (report["rules"], done.stderr) == (codes, "")
    found = [(f["rule"], f["layer"]) for f in report["artifacts"][0]["findings"] if f["rule"] == "ACME001"]
    assert found == ([("ACME001", "conv/bn"), ("ACME001", "dense/bn")] if "ACME001" in codes else [])


def test_half_of_the_letters_of_a_code_select_nothing(tmp_path: Path) -> None:
    install(tmp_path, EVERY_LAYER)
    done = process("check", WIRED, "--select", "ACM", PYTHONPATH=path(tmp_path))
    assert done.returncode == 2
    assert "there is no rule 'ACM'; did you mean ACME001?" in " ".join(done.stderr.split())


def test_they_are_listed_and_documented(tmp_path: Path) -> None:
    install(tmp_path, EVERY_LAYER)
    listed = process("rule", PYTHONPATH=path(tmp_path)).stdout
    assert listed.endswith(f"ACME001 every-layer (warning; preview, from {ORIGIN})\n  Every layer is found.\n")
    assert "preview" not in listed.partition("ACME")[0]
    page = process("rule", "ACME001", PYTHONPATH=path(tmp_path)).stdout
    assert page == (
        "# ACME001 every-layer\n\nDefault severity: warning. Needs: nothing. "
        f"Preview, from {ORIGIN}.\n\nEvery layer is found.\n"
    )
    assert not any("Preview" in rule_page(rule).partition("##")[0] for rule in RULES)


def test_in_other_processes_too(tmp_path: Path) -> None:
    install(tmp_path, EVERY_LAYER)
    words = ["check", WIRED, UNWIRED, "--format", "json"]
    alone, shared = (process(*words, "--jobs", jobs, PYTHONPATH=path(tmp_path)).stdout for jobs in "12")
    assert alone == shared
    assert alone.count('"ACME001"') == 5


def test_every_format_tells_of_them(tmp_path: Path) -> None:
    install(tmp_path / "site", EVERY_LAYER)
    reports = [word for name in MACHINES for word in ("--report", f"{name}={tmp_path / name}")]
    done = process("check", WIRED, *reports, "--fail-on", "warning", PYTHONPATH=path(tmp_path / "site"))
    assert (done.returncode, done.stderr) == (1, "")
    assert [name for name in MACHINES if "ACME001" not in (tmp_path / name).read_text("utf-8")] == []
    rules = json.loads((tmp_path / "sarif").read_text("utf-8"))["runs"][0]["tool"]["driver"]["rules"]
    (told,) = (rule for rule in rules if rule["id"] == "ACME001")
    assert told["shortDescription"]["text"] == "Every layer is found."
    assert "helpUri" not in told


# What they must be.

REFUSED = {
    "nothing to import": ("", "a = acme_missing:rule", "a = acme_missing:rule: ModuleNotFoundError: No module named "),
    "no such attribute": ("", "a = {module}:missing", "AttributeError: module '"),
    "an error at import": ("1 / 0", "a = {module}:x", "ZeroDivisionError: division by zero"),
    "a panic at import": ("raise BaseException('bad')", "a = {module}:x", "BaseException: bad"),
    "an end at import": ("raise SystemExit('bye')", "a = {module}:x", "SystemExit: bye"),
    "a name that is gone": (
        "from bnlint.plugin import gone",
        "a = {module}:x",
        "ImportError: cannot import name 'gone'",
    ),
    "no rule": ("x = 1", "a = {module}:x", "TypeError: 'int' object is not iterable"),
    "no rules": ("x = ['y']", "a = {module}:x", "'y' is no rule: bnlint.plugin.rule or run_rule makes one"),
    "no rules at all": ("x = []", "a = {module}:x", "it offers no rule"),
    "a function without the decorator": ("def x(): pass", "a = {module}:x", "'function' object is not iterable"),
}
CHANGED = {
    "a code of bnlint": ('"ACME001"', '"BN101"', "the code BN101 begins like those of bnlint itself"),
    "a reserved code": ('"ACME001"', '"BN9"', "the code BN9 begins like those of bnlint itself"),
    "a small code": ('"ACME001"', '"acme1"', "the code 'acme1' is not made of capital letters and then digits"),
    "a code without digits": ('"ACME001"', '"ACME"', "the code 'ACME' is not made of"),
    "a code that is no text": ('"ACME001"', "1", "1: its code is 1, no str"),
    "a name of bnlint": (
        '"every-layer"',
        '"frozen-statistics"',
        "frozen-statistics is taken by a rule of bnlint itself",
    ),
    "a name of one word": ('"every-layer"', '"every"', "the name 'every' is not made of lower-case words with hyphens"),
    "a name in capitals": ('"every-layer"', '"Every-Layer"', "the name 'Every-Layer' is not made of"),
    "no page": ('"Every layer is found."', "__doc__", "ValueError: ACME001 has no documentation page"),
    "an empty page": ('"Every layer is found."', '"\\n"', "ACME001: its page is empty"),
    "a severity in words": ("Severity.WARNING, set()", '"warning", set()', "its severity is 'warning', no Severity"),
    "a need in words": ("set()", '{"values"}', "ACME001: what it needs is no Need"),
    "thresholds in a list": ('found."', 'found.", thresholds=[]', "ACME001: its thresholds is [], no tuple"),
    "a strange threshold": (
        'found."',
        'found.", thresholds=(1.0,)',
        "ACME001: a threshold is no Threshold, or its key",
    ),
    "a threshold of another": (
        'found."',
        'found.", thresholds=(Threshold("BN105.warning", 1.0, ""),)',
        "ACME001: a threshold is no Threshold, or its key does not begin with ACME001.",
    ),
    "a cause of nothing": ('found."', 'found.", explains=["BN999"]', "ACME001 explains BN999, which is no symptom"),
    "a cause of a cause": ('found."', 'found.", explains=["BN301"]', "ACME001 explains BN301, which is no symptom"),
    "a cause of itself": ('found."', 'found.", explains=["ACME001"]', "ACME001 explains ACME001, which is no symptom"),
}


def refusal() -> str:
    with pytest.raises(PluginError) as raised:
        load_plugins(RULES)
    return str(raised.value)


@pytest.mark.parametrize(("code", "entries", "reason"), REFUSED.values(), ids=list(REFUSED))
def test_what_cannot_be_loaded_is_refused(code: str, entries: str, reason: str, site: Path) -> None:
    install(site, code, entries, module=new_module())
    said = refusal()
    assert said.startswith(f"the plugin {ORIGIN} cannot be used: entry point a = ")
    assert reason in said


@pytest.mark.parametrize("listed", [b"[bnlint.rules]\nno value\n", b"[bnlint.rules]\n\xff = a:b\n"])
def test_entry_points_that_cannot_be_read_are_told_with_whose_they_are(listed: bytes, site: Path) -> None:
    install(site, EVERY_LAYER, module=new_module())
    (site / "acme_bnlint-1.0.dist-info" / "entry_points.txt").write_bytes(listed)
    assert refusal().startswith("the entry points of acme-bnlint cannot be read: ")


@pytest.mark.parametrize(("before", "after", "reason"), CHANGED.values(), ids=list(CHANGED))
def test_what_is_no_proper_rule_is_refused(before: str, after: str, reason: str, site: Path) -> None:
    assert EVERY_LAYER.count(before) == 1
    install(site, EVERY_LAYER.replace(before, after), module=new_module())
    said = refusal()
    assert said.startswith(f"the plugin {ORIGIN} cannot be used: entry point every-layer = ")
    assert reason in said


def test_a_symptom_of_bnlint_may_be_explained(site: Path) -> None:
    code = EVERY_LAYER.replace('found."', 'found.", explains=["BN101"]')
    install(site, code, module=new_module())
    (loaded,) = load_plugins(RULES)
    findings = diagnose(subject(layer(INIT)), (*find_rules("BN101"), loaded)).findings
    prints = {finding.rule: finding.fingerprint for finding in findings}
    assert {finding.rule: finding.causes for finding in findings} == {"ACME001": (), "BN101": (prints["ACME001"],)}


@pytest.mark.parametrize("word", ["ACME001", "every-layer"])
def test_two_plugins_with_the_same_rule_are_refused(word: str, site: Path) -> None:
    other = EVERY_LAYER.replace("ACME001", "ACME002") if word == "every-layer" else EVERY_LAYER.replace("every-", "a-")
    install(site, EVERY_LAYER, module=new_module())
    install(site, other, module=new_module(), name="zebra")
    said = refusal()
    assert said.startswith("the plugin zebra 1.0 cannot be used: ")
    assert said.endswith(f": {word} is taken by a rule of {ORIGIN}")


@pytest.mark.parametrize(
    "words", [["check", WIRED], ["check", WIRED, "--select", "BN101"], ["rule"], ["rule", "BN101"]]
)
def test_a_plugin_that_cannot_be_used_is_told_in_one_line(words: list[str], tmp_path: Path) -> None:
    install(tmp_path, "raise ValueError('two\\nlines')")
    done = process(*words, PYTHONPATH=path(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"bnlint: error: the plugin {ORIGIN} cannot be used: entry point every-layer = acme_rules:every_layer: "
        "ValueError: two\\nlines\n"
    )
    shown = process(*words, PYTHONPATH=path(tmp_path), BNLINT_TRACEBACK="1")
    assert "Traceback" in shown.stderr
    assert "raise ValueError('two\\nlines')" in shown.stderr
