"use strict";
// Everything is on the page without this: it sorts, filters, copies and changes colours.
(() => {
  const byId = (id) => document.getElementById(id);

  // Colours: those of the system, until somebody asks for the others.
  const root = document.documentElement;
  const theme = byId("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const nameTheme = () => {
    theme.textContent = isDark() ? "Light" : "Dark";
    theme.setAttribute("aria-label", `Use ${isDark() ? "light" : "dark"} colours`);
  };
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    nameTheme();
  });
  system.addEventListener("change", nameTheme);
  nameTheme();
  theme.hidden = false;

  // Long lists are closed to begin with, and open on paper.
  const folds = [...document.querySelectorAll("details")];
  let opened = [];
  for (const fold of folds) fold.open = false;
  addEventListener("beforeprint", () => {
    opened = folds.filter((fold) => !fold.open);
    for (const fold of opened) fold.open = true;
  });
  addEventListener("afterprint", () => {
    for (const fold of opened) fold.open = false;
  });

  // Copying: by the clipboard where the browser grants it, else by a selection.
  const copySelected = (code) => {
    const range = document.createRange();
    range.selectNodeContents(code);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    return document.execCommand("copy");
  };
  const copy = async (code) => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      return true;
    } catch {
      return copySelected(code);
    }
  };
  for (const button of document.querySelectorAll(".copy")) {
    const code = button.closest("figure").querySelector("code");
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      button.textContent = (await copy(code)) ? "Copied" : "Select and copy";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    button.hidden = false;
  }

  const table = byId("layer-table");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];

  // Sorting: what has no value comes last, whichever way.
  const texts = new Intl.Collator("en", { numeric: true });
  const valueOf = (cell) => {
    if (cell.dataset.value === undefined) return cell.textContent.trim();
    return cell.dataset.value === "" ? "" : Number(cell.dataset.value);
  };
  const compare = (one, other, way) => {
    if (one === "" || other === "") return (one === "") - (other === "");
    return way * (typeof one === "number" ? one - other : texts.compare(one, other));
  };
  const heads = [...table.tHead.rows[0].cells];
  const sortBy = (head, place) => {
    const isFirst = !head.hasAttribute("aria-sort");
    const isUp = isFirst ? !head.hasAttribute("data-descending") : head.getAttribute("aria-sort") === "descending";
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", isUp ? "ascending" : "descending");
    const keyed = rows.map((row) => [valueOf(row.cells[place]), row]);
    keyed.sort(([one], [other]) => compare(one, other, isUp ? 1 : -1));
    body.append(...keyed.map(([, row]) => row));
  };
  heads.forEach((head, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => sortBy(head, place));
  });

  // Filtering.
  const form = byId("filter");
  const text = byId("filter-text");
  const severity = byId("filter-severity");
  const rule = byId("filter-rule");
  const marksOf = (row, name) => [...row.querySelectorAll("[data-rule]")].map((mark) => mark.dataset[name]);
  const wordsOf = (row) => [...row.cells].filter((cell) => !cell.classList.contains("values")).map((cell) => cell.textContent).join(" ").toLowerCase();
  const known = new Map(rows.map((row) => [row, { words: wordsOf(row), rules: marksOf(row, "rule"), severities: marksOf(row, "severity") }]));
  const filter = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = severity ? severity.value : "";
    const code = rule ? rule.value : "";
    let left = 0;
    for (const [row, facts] of known) {
      const isLeft = words.every((word) => facts.words.includes(word))
        && (!wanted || (wanted === "any" ? facts.severities.some((one) => one !== "suppressed") : facts.severities.includes(wanted)))
        && (!code || facts.rules.includes(code));
      row.hidden = !isLeft;
      left += isLeft;
    }
    byId("filter-count").textContent = `${left} of ${rows.length} layers`;
    byId("no-layer").hidden = left > 0;
  };
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  addEventListener("hashchange", () => {
    const row = byId(location.hash.slice(1));
    if (row && row.hidden) form.reset();
  });
  filter();
  form.hidden = false;
})();
