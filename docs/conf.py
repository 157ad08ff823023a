# ruff: noqa: INP001 - Sphinx runs it, nobody imports it
"""The site of the documentation: ``python -m sphinx -W -n docs site``."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from bnlint import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "bnlint"
author = "the authors of bnlint"
copyright = author  # noqa: A001 - Sphinx's name
release = version = __version__

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3  # headings are linked to by their words, as on code hosts
highlight_language = "text"  # what is not said to be code is what a terminal shows
exclude_patterns = ["examples"]  # programs that pages tell of

html_theme = "furo"
html_title = "bnlint"
html_copy_source = False
html_show_sphinx = False
html_static_path = ["static"]
html_css_files = ["bnlint.css"]
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#9a3412", "color-brand-content": "#9a3412"},
    "dark_css_variables": {"color-brand-primary": "#fdba74", "color-brand-content": "#fdba74"},
}


def _publish_schemas(app: Sphinx, error: Exception | None) -> None:
    """Put the JSON Schemas where their ``$id`` says that they are."""
    if error is None and app.builder.format == "html":
        source = Path(app.confdir).parent / "bnlint" / "report" / "schema"
        shutil.copytree(source, Path(app.outdir) / "schema", dirs_exist_ok=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Ask to be told when the pages are written."""
    app.connect("build-finished", _publish_schemas)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
