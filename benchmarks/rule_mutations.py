"""Break the code of every rule in one place after the other, and see that the rule's own tests notice.

Each mutant is tried in a process forked from one that has everything imported but the rules, so that it costs little
more than its tests. Exit code 1: a mutant survived that is not known to mean the same.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import multiprocessing
import os
import pathlib
import signal
import sys
import types
from collections.abc import Iterator, Sequence
from typing import NamedTuple, NoReturn

from mutants import Mutant, mutants

ROOT = pathlib.Path(__file__).resolve().parent.parent
RULES, TESTS = ROOT / "bnlint" / "rules", ROOT / "tests" / "rules"
UNCHANGED = "nothing changed"
_NO_RULES = {"__init__", "diagnose", "guarded", "plugin_error", "plugins", "registry", "repairs", "rule"}
"""Modules that find rules, run them or hold texts. Any other is shared by rules, whose tests have to notice."""
SAME = {
    ("bn103_non_finite", "another number: 0.0"): "the maximum of nothing is below the threshold, 0 or 1",
    (
        "bn105_underconverged_statistics",
        "another comparison: m ** count.updates <= min(_CONVERGED, most)",
    ): "no power of these momenta is 0.01, to the last bit",
    ("bn203_axis_mismatch", "another comparison: len(shape) > 2"): "of two dimensions the second is the last",
    ("bn306_repeated_updates", "another number: 6"): "more digits of what is rounded to be shown and compared",
    ("bn306_repeated_updates", "another comparison: np.abs(values) < immense"): "float32 has no such number",
    (
        "bn306_repeated_updates",
        "another comparison: steps * math.log(growth) > 2 * math.log(immense)",
    ): "no whole number of steps meets it",
    ("bn306_repeated_updates", "another number: 0"): "after one step nothing must have grown either",
    ("bn403_training_mode_serving", "not filtered by: s.must_feed is not None"): "for the type checker: all have one",
    ("evidence", "another number: 1"): "numpy takes any negative size for the one it finds itself",
    ("values", "another number: 1"): "numpy takes any negative size for the one it finds itself",
}
"""Mutants that no test can notice, by module and what was done, and why they mean the same."""
_NEEDED = ("numpy", "pytest", "hypothesis", "bnlint.layers.why", "bnlint.artifacts.runs")
"""What is imported once for all mutants: none of it imports a rule."""
_OPTIONS = ("-x", "-q", "-k", "not page", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning")
_SECONDS, _FAULT = 120, 70


class Trial(NamedTuple):
    """A mutant of a module, and the tests that should notice."""

    module: str
    mutant: Mutant
    tests: tuple[str, ...]


class Outcome(NamedTuple):
    """How the tests went."""

    trial: Trial
    code: int
    """The exit code of pytest: 0 where they passed, 1 and 2 where a test failed or could not be collected."""


def tests_of(code: str) -> tuple[str, ...]:
    """Return the test files of a rule: those of its name, or those that name it; and what all share."""
    own = sorted(TESTS.glob(f"test_{code.lower()}*.py"))
    files = own or [path for path in sorted(TESTS.glob("test_bn*.py")) if code in path.read_text("utf-8")]
    thresholds = TESTS / "test_thresholds.py"
    numbers = [thresholds] if f'"{code}.' in thresholds.read_text("utf-8") else []
    return tuple(str(path) for path in (*files, *numbers, TESTS / "test_registry.py"))


def modules() -> dict[str, tuple[pathlib.Path, tuple[str, ...]]]:
    """Return the file and the tests of each rule by its code, and of what rules share by its name."""
    rules = {path.stem.partition("_")[0].upper(): path for path in sorted(RULES.glob("bn[0-9]*.py"))}
    found = {code: (path, tests_of(code)) for code, path in rules.items()}
    for path in sorted(RULES.glob("*.py")):
        if path.stem not in _NO_RULES and path not in rules.values():
            users = [code for code, rule in rules.items() if f"bnlint.rules.{path.stem} " in rule.read_text("utf-8")]
            own = [str(test) for test in TESTS.glob(f"test_{path.stem}.py")]
            found[path.stem] = (path, tuple(dict.fromkeys(own + [test for code in users for test in found[code][1]])))
    return found


def _of(path: pathlib.Path, tests: tuple[str, ...]) -> Iterator[Trial]:
    """Yield the module as it is, and then its mutants."""
    source = path.read_text(encoding="utf-8")
    yield Trial(path.stem, Mutant(0, UNCHANGED, source), tests)
    for mutant in mutants(source):
        yield Trial(path.stem, mutant, tests)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Imports a mutant in place of its module."""

    def __init__(self, trial: Trial) -> None:
        self._name, self._source = f"bnlint.rules.{trial.module}", trial.mutant.source

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - the protocol's
        target: types.ModuleType | None = None,  # noqa: ARG002
    ) -> importlib.machinery.ModuleSpec | None:
        """Answer for the module of the mutant alone."""
        return importlib.util.spec_from_loader(fullname, self) if fullname == self._name else None

    def get_source(self, fullname: str) -> str:  # noqa: ARG002
        """Return the mutant."""
        return self._source


def attempt(trial: Trial) -> Outcome:
    """Run the tests with the mutant, in a process of its own, which ends here."""
    child = os.fork()
    if not child:
        _run(trial)
    _, status = os.waitpid(child, 0)
    return Outcome(trial, os.waitstatus_to_exitcode(status))


def _run(trial: Trial) -> NoReturn:
    """Run the tests with the mutant and end the process with pytest's exit code."""
    import pytest  # noqa: PLC0415 - its plugins are to find `bnlint` in the place of this file

    code = _FAULT
    signal.alarm(_SECONDS)
    with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.suppress(BaseException):  # noqa: PTH123
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
        sys.meta_path.insert(0, _Finder(trial))
        code = int(pytest.main([*_OPTIONS, *trial.tests]))
    os._exit(code)


def main() -> None:
    """Try the mutants and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    known = modules()
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these: BN101, or a module that rules share")
    parser.add_argument("--first", action="store_true", help="one mutant of each rule: its first condition, negated")
    parser.add_argument("--by", action="append", default=[], metavar="FILE", help="the tests that should notice")
    parser.add_argument("--jobs", type=int, default=2, help="processes that share the work (2)")
    options = parser.parse_args()
    if unknown := set(options.names) - set(known):
        parser.error(f"there is no {', '.join(sorted(unknown))} among {', '.join(known)}")
    sys.path.insert(0, str(ROOT))
    os.chdir(ROOT)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for name in _NEEDED:
        importlib.import_module(name)
    with multiprocessing.get_context("fork").Pool(options.jobs) as pool:
        wrong = 0
        for path, tests in (known[name] for name in options.names or known):
            of_module = _of(path, tuple(options.by) or tests)
            chosen = _first(of_module) if options.first else of_module
            wrong += _show(list(pool.imap(attempt, chosen)))
    sys.exit(1 if wrong else 0)


def _first(of_module: Iterator[Trial]) -> list[Trial]:
    """Return the first negated condition, or else the last mutant, which is no decorator, behind what is unchanged."""
    unchanged, *every = of_module
    return [unchanged, *([t for t in every if t.mutant.what.startswith("negated")] or every[-1:])[:1]]


def _show(outcomes: Sequence[Outcome]) -> int:
    """Print what became of the mutants of one module; return how many were not noticed, or could not be tried."""
    unchanged, *mutated = outcomes
    module = unchanged.trial.module
    tried = [o for o in mutated if (module, o.trial.mutant.what) not in SAME]
    survivors = [o.trial.mutant for o in tried if o.code == 0]
    strange = [f"the tests end with {o.code}: {o.trial.mutant.what}" for o in tried if o.code not in (0, 1, 2)]
    if unchanged.code:
        strange.append("the tests fail without any change")
    print(f"{module:40}{len(tried):4} mutants, {len(tried) - len(survivors):4} noticed")
    for mutant in survivors:
        print(f"  not noticed: line {mutant.line}: {mutant.what}")
    for what in strange:
        print(f"  says nothing: {what}")
    sys.stdout.flush()
    return len(survivors) + len(strange)


if __name__ == "__main__":
    main()
