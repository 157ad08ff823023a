"""What a plugin does wrong before any rule looks. A module of its own, so that whoever catches it imports no rule."""

from __future__ import annotations


class PluginError(Exception):
    """What is installed as a plugin cannot be used as one: the message says which, and why."""
