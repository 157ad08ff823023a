"""A checkpoint whose names are hostile, in a directory whose name is: through the program, in every format.

TensorFlow wrote it. What a format escapes is tested beside it, on a report made by hand; here nothing is.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree

import jsonschema
import junitparser
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from bnlint.report.formats import MACHINES, NAMES, TEXT
from bnlint.report.links import DOCUMENTATION
from tests.report.forge import OF_MARKDOWN, OURS, Page
from tests.report.test_sarif import SCHEMA
from tests.running import ENVIRONMENT
from tests.schemas import place
from tests.situations import FIXTURES

DIRECTORY = b"a,b:c%0A::error::x\n<b>[red]|`\x1b[31m&\"'\xe2\x80\xae\xff"
SHOWN = r"""a,b:c%0A::error::x\n<b>[red]|`\x1b[31m&"'\u202e\xff"""
"""The same where a line is all there is."""
LAYERS = (
    "[bold red]rich[/bold red][link=https://evil.example]x[/link] :smile:/bn",
    "<script>window.hacked = true</script>\"><img src=x onerror='window.hacked=1'>&<![CDATA[ ]]><!-- &#0;/bn",
    "\x1b[31mred\x1b[0m\x1b]8;;https://evil.example\x07link\x1b]8;;\x07\x9b31m/bn",
    "line\nbreak\r\n::error file=forged::forged\rback %0A::warning::forged%0D%25,title=a:b/bn",
    "| pipe | `tick` ``` **bold** [link](https://evil.example) @everyone #1 ' \" \\ =HYPERLINK('x')/bn",
    "nul\x00 del\x7f ls\u2028 bom\ufeff right\u202eto\u202cleft \U0001f600 e\u0301/bn",
    r"no \xff\xfe\x80 text/bn",
)
RAW = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]")
"""What acts on a terminal or on an editor, or is a line end to somebody."""
PLAIN = ("rich", "window.hacked", "link", "forged", "pipe", "bom", "xff")
"""A word of each name that no format has to escape."""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Return the report in every format, all from one run of the program."""
    folder = tmp_path_factory.mktemp("hostile")
    directory = os.fsdecode(DIRECTORY)
    shutil.copytree(FIXTURES / "tf1.15" / "hostile_names", folder / directory)
    reports = [word for name in MACHINES for word in ("--report", f"{name}=out.{name}")]
    command = [sys.executable, "-m", "bnlint", "check", directory, *reports]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, env=ENVIRONMENT)
    assert (done.returncode, done.stderr) == (1, b"")
    files = {name: (folder / f"out.{name}").read_bytes() for name in MACHINES}
    return {name: data.decode("utf-8") for name, data in ({TEXT: done.stdout} | files).items()}


def of_text(text: str) -> None:
    """A log, in which a CI server would take ``::error`` for a command."""
    shown = SHOWN.replace("::", r":\x3a")
    assert text.startswith(f"{shown} (model.ckpt-40)\n")
    assert not re.search("::[a-z]", text)
    assert "[bold red]rich[/bold red][link=https://evil.example]x[/link]" in text


def of_json(text: str) -> None:
    document = json.loads(text)
    jsonschema.validate(document, json.loads(place("report").read_text("utf-8")))
    (artifact,) = document["artifacts"]
    assert [layer["name"] for layer in artifact["layers"]] == list(LAYERS)
    assert {finding["layer"] for finding in artifact["findings"]} == set(LAYERS)
    assert text.isascii()
    assert text.count("\n") == 1


def of_jsonl(text: str) -> None:
    lines = text.splitlines()
    assert text.isascii()
    assert len(lines) == text.count("\n") == 3
    schema = json.loads(place("line").read_text("utf-8"))
    for line in lines:
        jsonschema.validate(json.loads(line), schema)


def of_sarif(text: str) -> None:
    log = json.loads(text)
    jsonschema.validate(log, json.loads(SCHEMA.read_text("utf-8")))
    (run,) = log["runs"]
    places = [result["locations"][0] for result in run["results"]]
    uris = {place["physicalLocation"]["artifactLocation"]["uri"] for place in places}
    assert {unquote_to_bytes(uri.removeprefix("./")) for uri in uris} == {DIRECTORY}
    assert {place["logicalLocations"][0]["name"] for place in places} == set(LAYERS)


def of_junit(text: str) -> None:
    ElementTree.fromstring(text)
    (suite,) = junitparser.JUnitXml.fromstring(text.encode())
    assert suite.name == SHOWN
    failed = [case for case in suite if any(isinstance(result, junitparser.Failure) for result in case.result)]
    assert [case.name.split()[0] for case in failed] == ["BN101", "BN301"]


def of_github(text: str) -> None:
    """A runner reads each line up to the next ``::`` as a command, and its properties between commas."""
    for line in text.splitlines():
        parsed = re.fullmatch("::error ((?:(?!::).)*)::(.*)", line)
        assert parsed is not None, line
        properties = dict(pair.split("=", 1) for pair in parsed[1].split(","))
        assert properties.keys() == {"file", "line", "title"}
        file = properties["file"]
        for escaped, character in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
            file = file.replace(escaped, character)
        assert file == SHOWN


def of_gitlab(text: str) -> None:
    issues = json.loads(text)
    assert len(issues) == len({issue["fingerprint"] for issue in issues}) == 2 * len(LAYERS)
    assert {os.path.split(issue["location"]["path"])[1] for issue in issues} == {
        DIRECTORY.decode("utf-8", "backslashreplace")
    }


def of_markdown(text: str) -> None:
    page = Page(text)
    assert page.tags <= OURS | OF_MARKDOWN
    assert {name for name, _ in page.attributes} <= {"class", "style", "href"}
    assert all((value or "").startswith(DOCUMENTATION) for name, value in page.attributes if name == "href")
    assert not [value for _, value in page.attributes if re.search("hacked|evil", value or "")]


class Elements(HTMLParser):
    """The elements of a page: names, attributes, and what scripts and styles hold."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.shown: list[str] = []
        self.code: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        (self.code if self.cdata_elem else self.shown).append(data)


def of_html(text: str) -> None:
    page = Elements(text)
    assert not {"img", "iframe", "object", "embed", "base"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    links = [value for name, value in page.attributes if name in {"href", "src", "action", "xlink:href"}]
    assert not [link for link in links if link is None or "evil" in link or link.startswith("javascript:")]
    assert not [code for code in page.code if re.search("hacked|evil", code)]
    assert LAYERS[1] in "".join(page.shown)


def of_openmetrics(text: str) -> None:
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    assert {sample.labels["artifact"] for sample in samples if "artifact" in sample.labels} == {SHOWN}


READERS: Mapping[str, Callable[[str], None]] = {
    "text": of_text,
    "json": of_json,
    "jsonl": of_jsonl,
    "sarif": of_sarif,
    "junit": of_junit,
    "github": of_github,
    "gitlab": of_gitlab,
    "markdown": of_markdown,
    "html": of_html,
    "openmetrics": of_openmetrics,
}


def test_no_format_is_left_out() -> None:
    assert set(READERS) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_reader_of_the_format_reads_it(name: str, written: Mapping[str, str]) -> None:
    READERS[name](written[name])


@pytest.mark.parametrize("name", NAMES)
def test_nothing_acts_on_a_terminal_or_ends_a_line(name: str, written: Mapping[str, str]) -> None:
    assert sorted(set(RAW.findall(written[name]))) == []


@pytest.mark.parametrize("name", [name for name in NAMES if name != "openmetrics"])
def test_every_layer_is_told(name: str, written: Mapping[str, str]) -> None:
    assert [word for word in PLAIN if word not in written[name]] == []


def test_colours_are_all_that_colours_add(tmp_path: Path) -> None:
    fixture = FIXTURES / "tf1.15" / "hostile_names"
    command = [sys.executable, "-m", "bnlint", "check", str(fixture), "--color"]
    plain, coloured = (
        subprocess.run([*command, choice], capture_output=True, check=False, env=ENVIRONMENT).stdout.decode()
        for choice in ("never", "always")
    )
    links = re.findall("\x1b]8;[^;]*;([^\x1b]*)\x1b\\\\", coloured)
    assert not [link for link in links if "evil" in link]
    without = re.sub("\x1b\\[[0-9;]*m|\x1b]8;[^\x1b]*\x1b\\\\", "", coloured)
    assert without == plain
    assert coloured != plain


@pytest.mark.parametrize("words", [["inspect"], ["diff", "."], ["check", "--verbose"]], ids=str)
def test_no_other_text_acts_on_a_terminal(words: list[str]) -> None:
    command = [sys.executable, "-m", "bnlint", *words, "."]
    folder = FIXTURES / "tf1.15" / "hostile_names"
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, env=ENVIRONMENT)
    text = done.stdout.decode("utf-8")
    assert (done.returncode < 2, done.stderr) == (True, b"")
    assert LAYERS[0] in " ".join(text.split())
    assert sorted(set(RAW.findall(text))) == []
