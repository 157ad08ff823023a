"""The HTML report in a browser: what it does, how it looks, and what it never does."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, TypeAlias

import pytest

from bnlint.report.about import About
from bnlint.report.html import pieces
from bnlint.results import Report
from tests.report.chromium import Opened, browser
from tests.report.hostile import hostile
from tests.report.reports import artifact, moved, report, run_of
from tests.report.six import six

Open: TypeAlias = "Callable[..., Opened]"


def inventory() -> tuple[Report, About]:
    return report(layers=2, rules=0), About(directory="/project")


def run() -> tuple[Report, About]:
    """Return a report of a few checkpoints with a few layers each, and of how they went."""
    layers = [f"block_{number}/bn" for number in range(10)]
    checkpoints = tuple(artifact(100 * number, dict.fromkeys(layers, (0.5, 1.0))) for number in range(1, 6))
    stalled = [moved("stalled", "=", "=", layer) for layer in layers]
    return Report(checkpoints, (run_of(*[stalled] * 4),), ("BN501",)), About(directory="/project")


def long() -> tuple[Report, About]:
    return report(layers=1000), About(directory="/project")


PAGES: dict[str, Callable[[], tuple[Report, About]]] = {
    "six": six,
    "hostile": hostile,
    "inventory": inventory,
    "run": run,
    "long": long,
}
LAYERS = "#layer-table tbody tr"
FILTERS = (
    ("", "", "", 16),
    ("DENSE", "", "", 8),
    ("dense broken", "", "", 1),
    ("nowhere", "", "", 0),
    ("", "any", "", 6),
    ("", "error", "", 2),
    ("", "warning", "", 4),
    ("", "suppressed", "", 4),
    ("", "", "BN501", 2),
    ("conv", "warning", "BN301", 2),
)
"""A text, a severity, a rule, and how many layers are left."""
CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = (color) => {
    const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = rgb(color).map((c) => linear(c / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (rgb(color)[3] === 255) return color;
    }
    return "white";
  };
  const poor = new Set();
  let seen = 0;
  for (const one of document.querySelectorAll("body *")) {
    const isText = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!isText || one.closest("svg, script") || !one.checkVisibility()) continue;
    seen += 1;
    const [low, high] = [light(getComputedStyle(one).color), light(behind(one))].sort((a, b) => a - b);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < 4.5) poor.add(`${one.tagName}.${one.className}: ${ratio.toFixed(2)}`);
  }
  return { seen, poor: [...poor] };
}"""
"""The contrast of every text with what is behind it, which is to be 4.5 or more (WCAG 2, AA)."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pathlib.Path]:
    directory = tmp_path_factory.mktemp("pages")
    written = {name: directory / f"{name}.html" for name in PAGES}
    for name, path in written.items():
        path.write_text("".join(pieces(*PAGES[name]())), encoding="utf-8")
    return written


@pytest.fixture
def opened(chromium: Any, files: dict[str, pathlib.Path]) -> Iterator[Open]:
    """Open a page; at the end nothing was complained of, and nothing but the page was asked for."""
    pages: list[Opened] = []

    def open_page(name: str = "six", **options: Any) -> Opened:
        pages.append(Opened(chromium, files[name], **options))
        return pages[-1]

    yield open_page
    for page in pages:
        complaints, requests = page.complaints, set(page.requests)
        page.context.close()
        assert complaints == []
        assert {url for url in requests if not url.startswith("data:")} == {page.url}


def names(page: Any) -> list[str]:
    """Return the layers that are shown, in their order."""
    return [name.strip() for name in page.locator(f"{LAYERS}:visible th").all_text_contents()]


def column(page: Any, place: int) -> list[str]:
    """Return what a column is sorted by."""
    cells = page.locator(f"{LAYERS} > :nth-child({place})")
    return [
        cell or "" for cell in cells.evaluate_all("cells => cells.map(cell => cell.dataset.value ?? cell.textContent)")
    ]


@pytest.mark.parametrize("name", ["six", "hostile"])
def test_nothing_runs_but_the_script_of_the_page(opened: Open, name: str) -> None:
    page = opened(name).page
    assert page.evaluate("window.hacked") is None
    touched = page.evaluate("""() => {
        const all = [...document.querySelectorAll("body *")];
        for (const one of all)
            for (const event of ["click", "mouseover", "focus", "load", "error", "toggle"])
                one.dispatchEvent(new Event(event, { bubbles: true, cancelable: true }));
        return all.length;
    }""")
    assert touched > 500
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("document.scripts.length") == 1


def test_a_script_that_got_into_the_page_would_not_run(opened: Open) -> None:
    told = opened()
    told.page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "window.hacked = true";
        document.body.append(script);
    }""")
    assert told.page.evaluate("window.hacked") is None
    assert "Content Security Policy" in told.complaints.pop()


def test_every_column_sorts_both_ways(opened: Open) -> None:
    page = opened().page
    heads = page.locator("#layer-table thead th")
    assert heads.count() == 12
    for place, name in enumerate(heads.all_inner_texts(), 1):
        before = sorted(column(page, place))
        ways = {}
        for _ in range(2):
            heads.nth(place - 1).get_by_role("button").click()
            ways[heads.nth(place - 1).get_attribute("aria-sort")] = column(page, place)
        assert ways.keys() == {"ascending", "descending"}, name
        up, down = ways["ascending"], ways["descending"]
        known, empty = [value for value in up if value], [value for value in up if not value]
        assert up == known + empty, f"{name}: what has no value comes last"
        assert down == known[::-1] + empty, name
        assert sorted(up) == before, name
        if name not in ("Layer", "Checkpoint", "Mode", "Updates"):
            assert [float(value) for value in known] == sorted(float(value) for value in known), name
        assert page.locator("[aria-sort]").count() == 1


def test_the_order_of_layers_really_changes(opened: Open) -> None:
    page = opened().page
    assert names(page)[:4] == ["conv/bn", "dense/bn", "conv/bn", "dense/bn"]
    page.get_by_role("button", name="Layer", exact=True).click()
    assert names(page) == ["conv/bn"] * 8 + ["dense/bn"] * 8
    page.get_by_role("button", name="Layer", exact=True).click()
    assert names(page) == ["dense/bn"] * 8 + ["conv/bn"] * 8


def test_the_worst_come_first_where_findings_are_sorted_by(opened: Open) -> None:
    page = opened().page
    page.get_by_role("button", name="Findings", exact=True).click()
    assert page.locator(LAYERS).first.get_attribute("data-worst") == "error"
    assert page.locator("#layer-table thead [aria-sort]").get_attribute("aria-sort") == "descending"


def test_the_keyboard_sorts(opened: Open) -> None:
    page = opened().page
    page.get_by_role("button", name="Channels", exact=True).focus()
    page.keyboard.press("Enter")
    first = page.locator(LAYERS).first.get_attribute("id")
    page.keyboard.press("Space")
    assert page.locator(LAYERS).first.get_attribute("id") != first
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Momentum"


def test_layers_can_be_filtered(opened: Open) -> None:
    page = opened().page
    for text, severity, rule, left in FILTERS:
        page.locator("#filter-text").fill(text)
        page.locator("#filter-severity").select_option(severity)
        page.locator("#filter-rule").select_option(rule)
        assert len(names(page)) == left, (text, severity, rule)
        assert page.locator("#filter-count").inner_text() == f"{left} of 16 layers"
        assert page.get_by_text("No layer is left by the filter.").is_visible() == (left == 0)
    page.get_by_role("button", name="Show all").click()
    page.locator("#filter-count", has_text="16 of 16").wait_for()
    assert len(names(page)) == 16


def test_an_inventory_can_be_sorted_and_filtered_too(opened: Open) -> None:
    page = opened("inventory").page
    page.get_by_role("button", name="Layer", exact=True).click()
    page.get_by_role("button", name="Layer", exact=True).click()
    assert names(page) == ["layer_1", "layer_0"]
    page.get_by_label("Search").fill("_0")
    assert names(page) == ["layer_0"]


def test_each_part_of_the_filter_has_a_name(opened: Open) -> None:
    page = opened().page
    assert page.get_by_role("searchbox", name="Search").count() == 1
    assert [page.get_by_role("combobox", name=name).count() for name in ("Findings", "Rule")] == [1, 1]


def test_a_link_to_a_layer_that_is_filtered_away_shows_it(opened: Open) -> None:
    page = opened().page
    page.get_by_label("Search").fill("dense")
    page.locator(".diagnosis a", has_text="conv/bn").first.click()
    page.locator("tr:target").wait_for()
    assert len(names(page)) == 16


def test_a_repair_can_be_copied(opened: Open) -> None:
    told = opened(permissions=["clipboard-read", "clipboard-write"])
    button = told.page.locator(".copy").first
    assert button.get_attribute("aria-label") == "Copy the repair of BN301"
    button.click()
    told.page.get_by_text("Copied").wait_for()
    copied = told.page.evaluate("navigator.clipboard.readText()")
    assert copied == told.page.locator(".repair code").first.text_content()
    assert copied.split("\n")[1] == "update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS)"


def test_a_repair_can_be_copied_where_the_clipboard_is_refused(opened: Open) -> None:
    told = opened(permissions=["clipboard-read"])
    told.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refused')); }")
    told.page.locator(".copy").nth(1).click()
    told.page.get_by_text("Copied").wait_for()
    assert told.page.evaluate("navigator.clipboard.readText()").startswith("# repair the cause first: BN301")


@pytest.mark.parametrize(("system", "other"), [("light", "Dark"), ("dark", "Light")])
def test_the_colours_are_those_of_the_system_until_they_are_changed(opened: Open, system: str, other: str) -> None:
    page = opened(color_scheme=system).page
    back = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(back)
    button = page.locator("#theme")
    assert button.inner_text() == other
    button.click()
    assert page.evaluate(back) != before
    assert button.get_attribute("aria-label") == f"Use {system} colours"
    button.click()
    assert page.evaluate(back) == before


@pytest.mark.parametrize("system", ["light", "dark"])
def test_every_word_stands_out_enough(opened: Open, system: str) -> None:
    page = opened(color_scheme=system).page
    found = page.evaluate(CONTRAST)
    assert found["seen"] > 300
    assert found["poor"] == []


@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_wider_than_its_window(opened: Open, name: str) -> None:
    page = opened(name).page
    for width in (360, 400, 620, 900, 1280, 1281, 1400, 2000):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width


@pytest.mark.parametrize("name", ["six", "run", "inventory"])
def test_no_table_is_wider_than_its_card(opened: Open, name: str) -> None:
    page = opened(name).page
    for width in (360, 400, 620, 621, 900, 1280, 1281, 1300, 1400):
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.locator(".scroll").evaluate_all(
            "all => all.filter(one => one.scrollWidth > one.clientWidth).length"
        )
        assert wide == 0, width


@pytest.mark.parametrize("width", [400, 900])
def test_where_there_is_less_room_a_layer_is_a_card_that_can_still_be_sorted(opened: Open, width: int) -> None:
    page = opened(viewport={"width": width, "height": 900}).page
    for box in [cell.bounding_box() for cell in page.locator(f"{LAYERS}:first-child > *:visible").all()]:
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    page.get_by_role("button", name="Layer", exact=True).click()
    assert names(page) == ["conv/bn"] * 8 + ["dense/bn"] * 8


def test_it_is_whole_without_a_script(opened: Open) -> None:
    page = opened(java_script_enabled=False).page
    assert page.locator(LAYERS).count() == 16
    assert page.locator("details:not([open])").count() == 0
    assert page.get_by_text("conv/bn/AssignMovingAvg_1").first.is_visible()
    assert page.locator("button:visible, form:visible").count() == 0


@pytest.mark.parametrize(("name", "drawn"), [("six", {True}), ("run", {True}), ("long", {False})])
def test_a_picture_of_the_whole_page_shows_all_unless_that_is_very_much(
    opened: Open, name: str, drawn: set[bool]
) -> None:
    page = opened(name, viewport={"width": 900, "height": 900}).page
    page.evaluate("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    words = page.locator(".layers th").all()[-10:]
    assert {one.evaluate("one => one.checkVisibility({ contentVisibilityAuto: true })") for one in words} == drawn


def test_long_lists_are_closed_and_open_on_paper(opened: Open) -> None:
    page = opened().page
    folded = page.locator("details").count()
    assert page.locator("details:not([open])").count() == folded > 0
    page.locator("summary").first.click()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details[open]").count() == folded
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 1


def test_it_prints_dark_on_white_without_what_nobody_can_click(opened: Open) -> None:
    page = opened(color_scheme="dark").page
    page.locator("#theme").click()
    page.locator("#theme").click()
    page.emulate_media(media="print")
    assert page.evaluate(CONTRAST)["poor"] == []
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(28, 33, 40)"
    assert page.locator("button:visible, form:visible, nav:visible").count() == 0
    page.set_viewport_size({"width": 700, "height": 1000})  # a sheet of paper
    assert page.evaluate("document.documentElement.scrollWidth") <= 700
    assert page.evaluate("[...document.querySelectorAll('.scroll')].every(one => one.scrollWidth <= one.clientWidth)")
    assert page.pdf().startswith(b"%PDF")


def test_headings_go_down_one_step_at_a_time_and_landmarks_have_names(opened: Open) -> None:
    page = opened().page
    levels = page.locator("h1, h2, h3, h4, h5").evaluate_all("all => all.map(one => Number(one.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert max(after - before for before, after in pairwise(levels)) == 1
    for role in ("banner", "main", "contentinfo", "navigation"):
        assert page.get_by_role(role).count() == 1
    assert page.get_by_role("region", name="Layers").count() >= 1


def test_every_picture_says_what_it_shows(opened: Open) -> None:
    page = opened().page
    pictures = page.locator("svg[role=img]")
    told = pictures.evaluate_all("all => all.map(one => [...one.children].slice(0, 2).map(part => part.textContent))")
    assert len(told) > 60
    assert all(title and words for title, words in told)
    assert page.get_by_role("img", name="mean of conv/bn", exact=True).count() > 0
