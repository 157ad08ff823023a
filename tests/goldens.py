"""Goldens: what bnlint prints for every fixture. ``python -m tests.goldens`` rewrites them; review the diff.

``tests/goldens/tf1.15/NAME.json`` holds exit code, stderr and the JSON report, and a few ``.txt`` the text report.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import pathlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bnlint import __version__
from bnlint.cli import run
from bnlint.report.formats import NAMES, TEXT, renderer
from tests.report.rendering import render_check
from tests.report.six import six
from tests.situations import FIXTURES, fixtures

GOLDENS = pathlib.Path(__file__).parent / "goldens"
TEXTS = (
    "tf1.15/layers_unwired",
    "tf1.15/layers_run_separately",
    "tf1.15/layers_wired",
    "tf1.15/lstm_keras",
    "tf1.15/no_batch_norm",
    "tf1.15/saver_trainable_only",
    "tf2.15/phase_1_after_unwired",
)
"""One of each kind: broken, run separately, clean, two diagnoses, no batch norm, not saved, two causes."""


@contextlib.contextmanager
def among_fixtures() -> Iterator[None]:
    """Make ``tf1.15/layers_wired`` a path, as a report quotes paths as they were given."""
    before = pathlib.Path.cwd()
    width = os.environ.get("COLUMNS")
    os.chdir(FIXTURES)
    os.environ["COLUMNS"] = "80"
    try:
        yield
    finally:
        os.chdir(before)
        if width is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = width


def printed(arguments: Sequence[str]) -> tuple[int, str, str]:
    """Run bnlint; return exit code, stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    with among_fixtures(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(list(arguments))
    return code, out.getvalue(), err.getvalue()


def machine(fixture: str) -> str:
    """Return the golden of a fixture's JSON report."""
    code, out, err = printed(["check", fixture, "--format", "json"])
    report = json.loads(out)
    assert report["tool"].pop("version") == __version__  # a release changes no golden
    return json.dumps({"exit_code": code, "stderr": err, "report": report}, indent=1) + "\n"


def text(fixture: str) -> str:
    """Return the golden of a fixture's text report."""
    return printed(["check", fixture])[1]


FORMATS = {name: GOLDENS / "formats" / f"six.{name}" for name in NAMES}
"""A golden for each format, over the one report of all kinds of artifacts."""


def formatted(name: str) -> str:
    """Return the golden of a format."""
    report, about = six()
    written = render_check(report, width=80) if name == TEXT else "".join(renderer(name)(report, about))
    return written.replace(__version__, "VERSION")  # a release changes no golden


def paths() -> dict[pathlib.Path, str]:
    """Return every golden by its path, freshly made."""
    found = {GOLDENS / f"{fixture}.json": machine(fixture) for fixture in fixtures()}
    found |= {GOLDENS / f"{fixture}.txt": text(fixture) for fixture in TEXTS}
    return found | {path: formatted(name) for name, path in FORMATS.items()}


def rewrite(fresh: Mapping[pathlib.Path, str], known: Iterable[pathlib.Path]) -> None:
    """Write files as they are made now, and remove those of the ``known`` ones that nothing makes any more."""
    for path in list(known):
        if path not in fresh:
            path.unlink()
    for path, content in fresh.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def main() -> None:
    """Rewrite all goldens, and remove those of fixtures that are gone."""
    rewrite(paths(), GOLDENS.glob("*/*"))


if __name__ == "__main__":
    main()
