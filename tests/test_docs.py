"""The documentation: generated pages are up to date, the site builds without a warning, its links lead somewhere."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from bnlint import schemas
from bnlint.commandline import help_texts
from bnlint.report.formats import NAMES
from bnlint.report.links import DOCUMENTATION, rule_path
from bnlint.report.rule_page import rule_page
from tests import docs
from tests.running import ENVIRONMENT, UNWIRED

PAGES = docs.pages()
ROOT = docs.DOCS.parent


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(docs.DOCS)))
def test_every_generated_page_is_up_to_date(path: Path) -> None:
    """Where this fails, run ``python -m tests.docs`` and review the diff."""
    assert path.read_text(encoding="utf-8") == PAGES[path]


def test_no_page_is_about_a_rule_that_is_gone() -> None:
    assert {*(docs.DOCS / "rules").iterdir()} == {path for path in PAGES if path.parent.name == "rules"}


def test_the_page_of_a_rule_says_what_the_program_says() -> None:
    """But for fences and links, which a terminal has no use for."""
    for rule in docs.OWN:
        page = PAGES[docs.DOCS / "rules" / f"{rule.code}.md"]
        plain = re.sub(r"\[(BN\d{3})\]\(\1\.md\)", r"\1", page).partition("-->\n\n")[2]
        lines = [line.strip() for line in plain.splitlines() if line.strip() and not line.startswith("```")]
        assert lines == [line.strip() for line in rule_page(rule).splitlines() if line.strip()]


def test_fences() -> None:
    lines = ["text", "    x = 1", "", "    $ run", "    out", "", "      more", "", "end", "    y", "", ""]
    assert list(docs.fenced(lines)) == [
        *("text", "```python", "x = 1", "```", ""),
        *("```text", "$ run", "out", "", "  more", "```", "", "end"),
        *("```python", "y", "```"),
    ]


def test_code_is_never_linked() -> None:
    lines = ["# BN101 and BN301", "BN301, BN101 or `BN301` of BN301; BN999", "    BN301"]
    assert list(docs.linked(lines, "BN101")) == [
        "# BN101 and BN301",
        "[BN301](BN301.md), BN101 or `BN301` of [BN301](BN301.md); BN999",
        "    BN301",
    ]


def first_cells(page: str) -> list[str]:
    text = (docs.DOCS / page).read_text(encoding="utf-8")
    return re.findall(r"^\| `?([\w-]+)`? \|", text, re.MULTILINE)


def test_tables_have_a_row_for_everything() -> None:
    assert first_cells("formats.md")[1:] == [*NAMES]
    assert first_cells("exit-codes.md") == [code for code, _ in help_texts.EXIT_CODES]
    said = first_cells("reading.md")
    assert [name for name in said if name.isupper()] == [
        name for name, _ in help_texts.ENVIRONMENT if not name.startswith("BNLINT_")
    ]


def test_the_host_of_the_site_understands_its_file() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.readthedocs"]
    checked = subprocess.run([*command, str(ROOT / ".readthedocs.yaml")], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_the_example_in_python_runs(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (docs.DOCS / "python.md").read_text("utf-8"), re.DOTALL)
    shutil.copytree(UNWIRED, tmp_path / "runs")
    (tmp_path / "runs" / "page.h5").write_text("<html>")
    ran = subprocess.run(
        [sys.executable, "-c", example], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert ran.stderr == ""
    printed = ran.stdout.splitlines()
    assert sum("BN301 no training step updates" in line for line in printed) == 2
    assert any(line.startswith("runs/page.h5: ") for line in printed)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("furo", reason="the site needs the extra docs")
    target = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going", "--nitpicky"]
    built = subprocess.run(
        [*command, "--doctree-dir", str(tmp_path_factory.mktemp("doctrees")), str(docs.DOCS), str(target)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (built.returncode, built.stdout, built.stderr) == (0, "", "")
    return target


def test_every_rule_has_the_page_that_reports_link_to(site: Path) -> None:
    for rule in docs.OWN:
        assert f"<h1>{rule.code} {rule.name}<" in (site / rule_path(rule.code)).read_text(encoding="utf-8")


def test_every_schema_is_where_it_says_that_it_is(site: Path) -> None:
    for name in schemas.SCHEMAS:
        text = schemas.text(name)
        address = json.loads(text)["$id"]
        assert address.startswith(f"{DOCUMENTATION}/")
        assert (site / address.removeprefix(f"{DOCUMENTATION}/")).read_text(encoding="utf-8") == text


class Links(HTMLParser):
    """What a page leads to, what it loads, and the places in it that can be led to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.loaded: list[str] = []
        self.ids: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value is None:
                continue
            if name == "id":
                self.ids.add(value)
            elif name == "href" and tag == "a":
                self.targets.append(value)
            elif name == "src" or (name == "href" and tag == "link"):
                self.loaded.append(value)


def test_every_link_within_the_site_leads_to_a_place(site: Path) -> None:
    pages = {path: Links(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}
    followed = 0
    for path, links in pages.items():
        for target in links.targets:
            parts = urlsplit(target)
            if parts.scheme:
                continue
            place = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert place.is_file(), f"{path.name}: {target}"
            if parts.fragment and place in pages:
                assert unquote(parts.fragment) in pages[place].ids, f"{path.name}: {target}"
            followed += 1
    assert followed > 1000


def test_the_site_loads_nothing_from_elsewhere(site: Path) -> None:
    for path in site.rglob("*.html"):
        loaded = Links(path.read_text(encoding="utf-8")).loaded
        assert loaded
        assert [address for address in loaded if urlsplit(address).netloc] == []
