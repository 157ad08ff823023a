"""Which terminals show links in their text (OSC 8). Knows what they put into the environment, and asks none of them.

A terminal that does not know the sequence should ignore it, and some print it instead; so only those that are known to
show links, or to ignore what they cannot show, are sent any.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

FORCE = "FORCE_HYPERLINK"
"""``0`` for never, anything else for wherever there are colours."""

_PROGRAMS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "Hyper": (3,),
        "Tabby": (),
        "WarpTerminal": (),
        "WezTerm": (),
        "ghostty": (),
        "iTerm.app": (3, 1),
        "mintty": (3, 0, 1),
        "rio": (),
        "tmux": (3, 4),
        "vscode": (1, 72),
    }
)
"""By TERM_PROGRAM the first version that shows links; of some every version that is still around does. tmux hands them
on to a terminal that has them, and keeps them from one that has not."""
_VARIABLES = ("DOMTERM", "KITTY_WINDOW_ID", "WT_SESSION")
"""Set by terminals that show links: DomTerm, kitty, Windows Terminal."""
_VERSIONS: Mapping[str, int] = MappingProxyType({"KONSOLE_VERSION": 201200, "VTE_VERSION": 5202})
"""Konsole from 20.12. VTE, the widget of GNOME Terminal and many others, from 0.52.2: some before may crash."""
_TERMS = frozenset({"alacritty", "contour", "foot", "foot-extra", "wezterm", "xterm-ghostty", "xterm-kitty"})


def are_shown(environ: Mapping[str, str], *, is_terminal: bool) -> bool:
    """Say whether to write links to a stream that takes colours."""
    forced = environ.get(FORCE)
    if forced:
        return forced != "0"
    if not is_terminal or environ.get("TERM") == "dumb" or environ.get("CI"):
        return False
    # Within a multiplexer the variables are those of the terminal around it, or of one that it was once started from.
    if "TMUX" in environ:
        return environ.get("TERM_PROGRAM") == "tmux" and _is_known_program(environ)
    if "STY" in environ or environ.get("TERM", "").startswith("screen"):
        return False
    return (
        _is_known_program(environ)
        or environ.get("TERM") in _TERMS
        or any(environ.get(name) for name in _VARIABLES)
        or any(_number(environ.get(name, "")) >= least for name, least in _VERSIONS.items())
    )


def _is_known_program(environ: Mapping[str, str]) -> bool:
    least = _PROGRAMS.get(environ.get("TERM_PROGRAM", ""))
    if least is None:
        return False
    version = tuple(int(digits) for digits in re.findall(r"\d+", environ.get("TERM_PROGRAM_VERSION", ""))[:3])
    return version >= least


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 10 else 0
