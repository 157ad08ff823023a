"""Who may know whom: the imports of every module, against the tables below.

An import counts wherever it stands: in a function, or for the type checker alone. So does the name of a module in a
string, which is how a few are imported that are hardly ever needed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import bnlint

PACKAGE = Path(bnlint.__file__).parent
ALLOWED: Mapping[str, set[str]] = {
    "findings": set(),
    "fingerprints": set(),
    "packing": set(),
    "workers": set(),
    "results": {"findings"},
    "settings": {"findings"},
    "exit_codes": {"findings", "results", "settings"},
    "formats": set(),
    "graph": set(),
    "artifacts": {"findings", "formats", "graph"},
    "layers": {"artifacts", "findings", "graph", "results"},
    "rules": {"findings", "fingerprints", "layers", "results", "settings"},
    "plugin": {"findings", "layers", "results", "rules"},
    "history": {"artifacts", "findings", "layers", "results", "rules"},
    "looking": {"artifacts", "findings", "history", "layers", "results", "rules", "settings"},
    "baseline": {"artifacts", "findings", "fingerprints", "results", "settings"},
    "judging": {"artifacts", "baseline", "findings", "results", "rules", "settings"},
    "config": {"artifacts", "findings", "judging", "rules", "settings"},
    "checking": {
        "artifacts",
        "baseline",
        "findings",
        "history",
        "judging",
        "layers",
        "looking",
        "packing",
        "results",
        "settings",
        "workers",
    },
    "differing": {"artifacts", "findings", "history", "judging", "looking", "results", "rules", "settings"},
    "report": {"__init__", "exit_codes", "findings", "results"},
    "schemas": {"report"},
    "commandline": {
        "artifacts",
        "baseline",
        "config",
        "exit_codes",
        "findings",
        "judging",
        "report",
        "results",
        "rules",
        "settings",
    },
    "commands": {"checking", "commandline", "differing", "report", "rules", "schemas"},
    "cli": {"__init__", "commandline", "commands", "rules", "settings"},
    "__main__": {"cli"},
    "__init__": {"checking", "config", "differing", "exit_codes", "findings", "results", "settings"},
}
"""For each module or folder of the package those that it may import, beside itself: the arrows, top to bottom."""
KNOWS: Mapping[str, set[str]] = {
    "click": {"cli.py", "commandline", "commands"},
    "fsspec": {"artifacts/remote.py"},
    "google": {"formats/messages.py"},
    "h5py": {"formats/hdf5.py"},
    "jinja2": {"report/html/templates.py"},
    "markupsafe": {"report/html/templates.py"},
    "numpy": {"artifacts", "formats", "graph", "layers", "rules"},
    "rich": {"report/text.py", "report/rule_text.py"},
    "tensorflow": set(),
    "keras": set(),
}
"""Of what others wrote, who may import it."""
_NAMED = re.compile(r"bnlint\.(?P<home>\w+)(\.\w+)*\.?")


def imported(source: str) -> Iterator[str]:
    """Yield the modules that ``source`` imports, and the words that it imports from them, as dotted names."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str() as module, names=names, level=0):
                yield from (f"{module}.{alias.name}" for alias in names)
            case ast.ImportFrom():
                raise AssertionError("a relative import does not say whom it means")
            case ast.Constant(value=str() as text) if (named := _NAMED.fullmatch(text)) and named["home"] in ALLOWED:
                yield text


def home(module: str) -> str:
    """Return the module or folder of the package that a dotted name leads to."""
    name = module.split(".")[1]
    return name if name in ALLOWED else "__init__"


def modules() -> dict[str, list[str]]:
    """Return what every module of the package imports, by its path."""
    return {
        path.relative_to(PACKAGE).as_posix(): list(imported(path.read_text(encoding="utf-8")))
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def against_arrows(path: str, names: list[str]) -> list[str]:
    """Return what a module imports and may not."""
    own = path.partition("/")[0].removesuffix(".py")
    ours = [name for name in names if name.startswith("bnlint.")]
    others = {name.partition(".")[0]: name for name in names}
    return [name for name in ours if home(name) not in {own, *ALLOWED[own]}] + [
        name
        for known, name in others.items()
        if known in KNOWS and not any(path == by or path.startswith(f"{by}/") for by in KNOWS[known])
    ]


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        ("formats/hdf5.py", "import h5py\nfrom bnlint.formats.source import Source", []),
        ("formats/hdf5.py", "from bnlint.findings import Problem", ["bnlint.findings.Problem"]),
        ("report/json.py", "def f():\n    from bnlint.rules import registry", ["bnlint.rules.registry"]),
        ("report/json.py", "if TYPE_CHECKING:\n    import bnlint.settings", ["bnlint.settings"]),
        ("report/json.py", "from bnlint import __version__", []),
        ("report/json.py", "import rich.text", ["rich.text"]),
        ("report/text.py", "import rich.text", []),
        ("rules/values.py", "import_module('bnlint.checking')", ["bnlint.checking"]),
        ("rules/values.py", "import tensorflow as tf", ["tensorflow"]),
        ("settings.py", "from bnlint import layers", ["bnlint.layers"]),
    ],
)
def test_an_import_against_the_arrows_is_seen(path: str, source: str, expected: list[str]) -> None:
    assert against_arrows(path, list(imported(source))) == expected


def test_every_module_imports_what_it_may() -> None:
    found = {path: against_arrows(path, names) for path, names in modules().items()}
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def test_every_arrow_is_used() -> None:
    used: dict[str, set[str]] = {name: set() for name in ALLOWED}
    for path, names in modules().items():
        own = path.partition("/")[0].removesuffix(".py")
        used[own] |= {home(name) for name in names if name.startswith("bnlint.")} - {own}
    assert {name: allowed - used[name] for name, allowed in ALLOWED.items() if allowed - used[name]} == {}


def test_no_way_leads_back() -> None:
    known: set[str] = set()
    for name, allowed in ALLOWED.items():
        assert allowed - {"__init__"} <= known, f"{name} stands above what it knows"
        known.add(name)
