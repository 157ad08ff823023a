"""Templates, style and script of the page, and how a value gets into it. The only module that knows Jinja.

Every value passes `visible` and is then escaped, so that nothing that a file says can act on the page or on the eye.
What comes out is ASCII, with references for other characters: the page is the same whatever encoding it is stored in.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from bnlint.report.escape import visible
from bnlint.report.links import rule_url

_BUFFERED = 1 << 15
"""So many characters are written at once; what templates yield is a few words at a time."""


def rendered(name: str, values: Mapping[str, object]) -> Iterator[str]:
    """Return what the template ``name`` makes of ``values``, piece by piece."""
    buffered: list[str] = []
    size = 0
    for piece in _environment().get_template(name).generate(values):
        buffered.append(piece)
        size += len(piece)
        if size >= _BUFFERED:
            yield _ascii(buffered)
            buffered.clear()
            size = 0
    yield _ascii(buffered)


def _ascii(pieces: Iterable[str]) -> str:
    return "".join(pieces).encode("ascii", "xmlcharrefreplace").decode("ascii")


def asset(name: str) -> str:
    """Return a file that lies beside this module."""
    return files(__package__).joinpath(name).read_text("utf-8")


@lru_cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(lambda name: asset(f"templates/{name}")),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["named"] = _named
    environment.globals["newline"] = Markup("\n")
    environment.globals["rule_url"] = rule_url
    for kind, name in (("style", "style.css"), ("script", "script.js")):
        text = asset(name)
        environment.globals[kind] = Markup(text)  # noqa: S704 - our own file
        environment.globals[f"{kind}_hash"] = _hash(text)
    return environment


def _shown(value: object) -> object:
    """Return what is written of a value: markup of a macro as it is, everything else with nothing invisible in it."""
    return value if isinstance(value, Markup) else visible(str(value))


def _named(name: str) -> str:
    """Return a name that can be seen and clicked."""
    return name if name.strip() else "(no name)"


def _hash(text: str) -> str:
    """Return the source expression by which a Content-Security-Policy allows this text and no other."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
