"""Plugins to be found by entry points, written as an installer leaves them behind."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

import bnlint

ROOT = Path(bnlint.__file__).parent.parent
EXAMPLE = ROOT / "docs" / "examples" / "bnlint_large_gamma"
ORIGIN = "acme-bnlint 1.0"
"""What is installed unless told otherwise."""
_numbers = itertools.count()
HEAD = """\
from bnlint.plugin import *

def claim(layer, **words):
    said = dict(severity=Severity.WARNING, confidence=Confidence.HIGH, message="it is there") | words
    return Claim(layer, **said)
"""
EVERY_LAYER = """
@rule("ACME001", "every-layer", Severity.WARNING, set(), "Every layer is found.")
def every_layer(layer, subject):
    yield claim(layer, repair="print(1)")
"""


def install(
    site: Path,
    code: str,
    entries: str = "every-layer = {module}:every_layer",
    *,
    module: str = "acme_rules",
    name: str = "acme-bnlint",
    version: str = "1.0",
) -> Path:
    """Put a module and the metadata of its distribution into ``site``, and return it."""
    site.mkdir(parents=True, exist_ok=True)
    (site / f"{module}.py").write_text(HEAD + code, "utf-8")
    describe(site / f"{name.replace('-', '_')}-{version}.dist-info", entries.format(module=module), name, version)
    return site


def describe(folder: Path, entries: str, name: str, version: str, file: str = "METADATA") -> None:
    """Write the metadata of a distribution: its name, and its entry points for bnlint."""
    folder.mkdir(parents=True)
    (folder / file).write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", "utf-8")
    (folder / "entry_points.txt").write_text(f"[bnlint.rules]\n{entries}\n", "utf-8")


def install_example(site: Path) -> Path:
    """Install the example of the documentation as its pyproject.toml says."""
    project: dict[str, Any] = tomllib.loads((EXAMPLE / "pyproject.toml").read_text("utf-8"))["project"]
    ((entry, value),) = project["entry-points"]["bnlint.rules"].items()
    module = value.partition(":")[0]
    site.mkdir()
    (site / f"{module}.py").write_text((EXAMPLE / f"{module}.py").read_text("utf-8"), "utf-8")
    folder = site / f"{module}-{project['version']}.dist-info"
    describe(folder, f"{entry} = {value}", project["name"], project["version"])
    return site


def path(*sites: Path) -> str:
    """Return a PYTHONPATH with these before bnlint."""
    return ":".join(map(str, (*sites, ROOT)))


def new_module() -> str:
    """Return a name that no module had yet: what is imported once stays."""
    return f"acme_rules_{next(_numbers)}"
