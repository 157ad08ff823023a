"""A plugin's rule that raises, or says what is no claim: it costs no other rule its findings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bnlint.layers.layer import Layer
from bnlint.layers.subject import Subject
from bnlint.rules.diagnose import diagnose
from bnlint.rules.plugins import load_plugins
from bnlint.rules.registry import RULES, find_rules
from bnlint.rules.rule import Blind, Claim, LayerRule
from tests.plugging import EVERY_LAYER, ORIGIN, install, new_module, path
from tests.rules.build import layer, subject
from tests.running import UNWIRED, WIRED, process
from tests.situations import FIXTURES

RUN = str(FIXTURES / "tf1.15" / "run_stalled")

FAILING = """
@rule("ACME001", "every-layer", Severity.WARNING, set(), "Every layer is found.")
def every_layer(layer, subject):
    yield claim(layer)
    if layer.name == "dense/bn":
        raise ValueError("two\\nlines")
"""
FAILED = f"ACME001 every-layer failed: {{}}; please tell those who maintain the plugin {ORIGIN}"


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_one_that_raises_takes_no_other_finding_with_it(jobs: str, tmp_path: Path) -> None:
    install(tmp_path, FAILING)
    words = ["check", UNWIRED, WIRED, "--jobs", jobs, "--format", "json"]
    done = process(*words, PYTHONPATH=path(tmp_path))
    assert done.returncode == 2
    unwired, wired = json.loads(done.stdout)["artifacts"]
    message = FAILED.format("ValueError: two\nlines")
    for artifact, told in ((unwired, UNWIRED), (wired, WIRED)):
        assert artifact["problems"] == [{"path": told, "message": message, "kind": "plugin"}]
        assert [s["reason"] for s in artifact["skipped"] if s["rule"] == "ACME001"] == [
            "it failed: ValueError: two\nlines"
        ]
    assert {f["rule"] for f in unwired["findings"]} == {"BN101", "BN301"}
    line = message.replace("\n", "\\n")
    assert done.stderr == f"bnlint: error: {UNWIRED}: {line}\nbnlint: error: {WIRED}: {line}\n"


def test_the_text_says_that_it_failed(tmp_path: Path) -> None:
    install(tmp_path, FAILING)
    text = " ".join(process("check", WIRED, PYTHONPATH=path(tmp_path)).stdout.split())
    assert "failed ACME001 every-layer failed: ValueError: two\\nlines; please" in text
    assert not re.search("damaged|not read", text)
    many = " ".join(
        process("check", *[WIRED, UNWIRED, RUN, f"{RUN}/model.ckpt-40"], PYTHONPATH=path(tmp_path)).stdout.split()
    )
    assert f"failed {WIRED}: ACME001 every-layer failed: " in many
    assert f"error {UNWIRED}: BN101, BN301, failed" in many


def test_a_traceback_is_shown_to_who_asks_for_it(tmp_path: Path) -> None:
    install(tmp_path, FAILING)
    done = process("check", WIRED, PYTHONPATH=path(tmp_path), BNLINT_TRACEBACK="1")
    assert 'raise ValueError("two\\nlines")' in done.stderr


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize(
    ("raised", "told"), [("SystemExit(0)", "SystemExit: 0"), ("BaseException(1)", "BaseException: 1")]
)
def test_one_that_ends_the_program_does_not_end_it(raised: str, told: str, jobs: str, tmp_path: Path) -> None:
    install(tmp_path, FAILING.replace('ValueError("two\\nlines")', raised))
    done = process("check", UNWIRED, WIRED, "--jobs", jobs, "--format", "json", PYTHONPATH=path(tmp_path))
    assert done.returncode == 2
    (problem,) = json.loads(done.stdout)["artifacts"][0]["problems"]
    assert problem["message"] == FAILED.format(told)


def test_who_interrupts_one_is_obeyed(tmp_path: Path) -> None:
    install(tmp_path, FAILING.replace('ValueError("two\\nlines")', "KeyboardInterrupt"))
    assert process("check", WIRED, PYTHONPATH=path(tmp_path)).returncode == 130


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_one_prints_is_in_no_report(jobs: str, tmp_path: Path) -> None:
    talking = "print('at import')\n" + FAILING.replace("raise", "print('while looking') #")
    install(tmp_path, talking)
    done = process("check", UNWIRED, WIRED, "--jobs", jobs, "--format", "json", PYTHONPATH=path(tmp_path))
    assert done.returncode == 1
    assert json.loads(done.stdout)["summary"]["artifacts"] == 2
    assert done.stderr.count("while looking") == 2
    assert "at import" in done.stderr


FAILING_RUN = """
@run_rule("ACME001", "every-layer", Severity.WARNING, set(), "Every layer is found.")
def every_layer(layer, course):
    raise KeyError(layer.layer.name)
    yield
"""


def test_one_about_runs_that_raises_takes_no_run_with_it(tmp_path: Path) -> None:
    install(tmp_path, FAILING_RUN)
    done = process("check", RUN, "--history", "--format", "json", PYTHONPATH=path(tmp_path))
    assert done.returncode == 2
    document = json.loads(done.stdout)
    message = FAILED.format("KeyError: 'conv/bn'")
    assert [a["problems"] for a in document["artifacts"]] == [
        *[[]] * (len(document["artifacts"]) - 1),
        [{"path": f"{RUN}/model.ckpt", "message": message, "kind": "plugin"}],
    ]
    (run,) = document["runs"]
    assert "BN501" in {f["rule"] for f in run["findings"]}
    assert [s["reason"] for s in run["skipped"]] == ["it failed: KeyError: 'conv/bn'"]
    assert done.stderr == f"bnlint: error: {RUN}/model.ckpt: {message}\n"
    text = process("check", RUN, "--history", PYTHONPATH=path(tmp_path)).stdout
    assert f"failed {RUN}/model.ckpt: {message}" in " ".join(text.split())


@pytest.mark.parametrize("code", [FAILING_RUN, FAILING], ids=["a rule about runs", "a rule about layers"])
def test_of_a_comparison_as_well(code: str, tmp_path: Path) -> None:
    install(tmp_path, code)
    steps = [f"{RUN}/model.ckpt-{step}" for step in (40, 80)]
    done = process("diff", *steps, "--format", "json", PYTHONPATH=path(tmp_path))
    document = json.loads(done.stdout)
    assert done.returncode == 2
    assert [p["kind"] for a in document["artifacts"] for p in a["problems"]] == ["plugin"]
    assert {f["rule"] for f in document["runs"][0]["findings"]} >= {"BN501"}
    assert "ACME001 every-layer failed: " in done.stderr


WRONG = {
    "yield None": "it yielded a NoneType, neither a Claim nor a Blind",
    "yield 'text'": "it yielded a str, neither a Claim nor a Blind",
    "return": None,
    "yield Blind(layer.name, 'why')": "the layer of its Blind is a str",
    "yield Blind(layer, None)": "the reason of its Blind is a NoneType",
    "yield claim(layer.name)": "the layer of its Claim is a str",
    "yield claim(None)": None,
    "yield claim(layer, severity=2)": "the severity of its Claim is a int",
    "yield claim(layer, confidence='high')": "the confidence of its Claim is a str",
    "yield claim(layer, message=None)": "the message of its Claim is a NoneType",
    "yield claim(layer, repair=None)": "the repair of its Claim is a NoneType",
    "yield claim(layer, evidence=[])": "the evidence of its Claim is a list",
    "yield claim(layer, evidence={'a': (1, 2.5, True, None, 'b', {'c': ()})})": None,
    "yield claim(layer, evidence={'a': float('nan')})": None,
    "import numpy; yield claim(layer, evidence={'a': numpy.int64(3)})": "the evidence of its Claim holds something",
    "yield claim(layer, evidence={'a': [1]})": "the evidence of its Claim holds something else than numbers of Python",
    "yield claim(layer, evidence={'a': {1: 2}})": "the evidence of its Claim holds something else",
    "yield claim(layer, related=[])": "the related of its Claim is a list",
    "yield claim(layer, related=(('op', 'a', 'b'),))": "the related of its Claim holds something else than Related",
    "yield claim(layer, related=(Related('op', 'a', None),))": "the related of its Claim holds something else",
    "yield claim(layer, related=(Related('op', 'a', 'b'),))": None,
    "yield claim(layer, explains={'BN101'})": "the explains of its Claim is a set",
    "yield claim(layer, explains=frozenset({'BN101'}))": None,
}


@pytest.mark.parametrize(("line", "reason"), WRONG.items())
def test_what_is_no_claim_is_refused(
    line: str, reason: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = f"""
@rule("ACME001", "every-layer", Severity.WARNING, set(), "Every layer is found.")
def every_layer(layer, subject):
    {line}
    yield from ()
"""
    monkeypatch.syspath_prepend(str(tmp_path))
    install(tmp_path, code, module=new_module())
    said = diagnose(subject(layer(), layer(name="bn2")), load_plugins(RULES))
    if reason is None:
        assert (said.skipped, said.faults) == ((), ())
        return
    (fault,) = said.faults
    assert fault.what.startswith(reason)
    assert fault.message == FAILED.format(fault.what)
    assert said.findings == ()


def test_a_function_that_yields_nothing_at_all_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    install(tmp_path, EVERY_LAYER.replace("yield claim", "return claim"), module=new_module())
    (fault,) = diagnose(subject(layer()), load_plugins(RULES)).faults
    assert fault.what == "TypeError: 'Claim' object is not iterable"


def test_a_rule_of_bnlint_itself_is_not_guarded() -> None:
    def look(layer: Layer, subject: Subject) -> Iterator[Claim | Blind]:
        raise KeyError(layer.name)

    (frozen,) = find_rules("BN101")
    assert isinstance(frozen, LayerRule)
    with pytest.raises(KeyError, match="bn"):
        diagnose(subject(layer()), [replace(frozen, look=look)])
    (fault,) = diagnose(subject(layer()), [replace(frozen, look=look, origin=ORIGIN)]).faults
    assert fault.what == "KeyError: 'bn'"
