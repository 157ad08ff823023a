"""What may stand where the cursor is, for the shells that `bnlint.shells` has scripts for. Knows click.

A script passes the words of the command line and is answered a line for each candidate: ``plain`` with a text and its
meaning, or ``file`` with what stands before a path in the same word, and of the path what is there without its quotes:
the shell completes that by itself.
"""

from __future__ import annotations

import os
from importlib import resources
from typing import Any

import click
from click.shell_completion import CompletionItem, ShellComplete, add_completion_class, split_arg_string

from bnlint.report.formats import NAMES

SHELLS = ("bash", "zsh", "fish")


def script(shell: str) -> str:
    """Return what a shell has to run to complete the words of bnlint."""
    return resources.files("bnlint").joinpath("shells", f"completion.{shell}").read_text("utf-8")


def rules(incomplete: str) -> list[CompletionItem[str]]:
    """Return the codes of rules that begin like this; after a small letter, their names."""
    from bnlint.rules.registry import all_rules  # noqa: PLC0415 - only when asked

    known = [(word, rule.summary) for rule in all_rules() for word in (rule.code, rule.name)]
    codes = [CompletionItem(word, help=summary) for word, summary in known[::2] if word.startswith(incomplete)]
    return codes or [CompletionItem(word, help=summary) for word, summary in known[1::2] if word.startswith(incomplete)]


def rule(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Complete one rule."""
    return rules(incomplete)


def rule_list(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Complete the last of several rules with commas between them, but for those that stand there."""
    before, comma, last = incomplete.rpartition(",")
    taken = set(before.split(","))
    return [
        CompletionItem(f"{before}{comma}{found.value}", help=found.help)
        for found in rules(last)
        if found.value not in taken
    ]


def report(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Complete FORMAT=PATH: the format, then the path."""
    form, sign, _path = incomplete.partition("=")
    if sign:
        return [CompletionItem(incomplete, "file", before=f"{form}=")] if form in NAMES else []
    return [CompletionItem(f"{name}=") for name in NAMES if name.startswith(incomplete)]


class _Script(ShellComplete):
    """What the scripts of all shells have in common."""

    def source(self) -> str:
        """Return the script."""
        return script(self.name)

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """Return the line for one candidate."""
        if item.type == "plain":
            meaning = " ".join((item.help or "").split())
            return f"plain\t{item.value}\t{meaning}"
        before = item.before or ""
        return f"{item.type}\t{before}\t{item.value[len(before) :]}"


class _Bash(_Script):
    """Bash ends a word at ``=``, too, and completes what stands behind it."""

    name = "bash"

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the one to complete, and that one."""
        words: list[str] = []
        for word in os.environ["COMP_WORDS"].split("\n")[: int(os.environ["COMP_CWORD"]) + 1]:
            if words[1:] and (word == "=" or words[-1].endswith("=")):
                words[-1] += word
            else:
                words.append(word)
        return _unquoted(words[1:-1]), "".join(_unquoted(words[-1:]))


class _Zsh(_Script):
    """Zsh knows words as people do."""

    name = "zsh"

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the one to complete, and that one."""
        words = os.environ["COMP_WORDS"].split("\n")
        place = int(os.environ["COMP_CWORD"])
        return _unquoted(words[1:place]), "".join(_unquoted(words[place : place + 1]))


class _Fish(_Script):
    """Fish passes the line up to the cursor, and replaces a word whole, its option included."""

    name = "fish"

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the one to complete, and that one."""
        current = os.environ["COMP_CWORD"]
        words = split_arg_string(os.environ["COMP_WORDS"])[1:]
        return (words[:-1] if current else words), "".join(_unquoted([current]))

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[Any]]:
        """Return the candidates as whole words."""
        found = super().get_completions(args, incomplete)
        option, sign, _ = incomplete.partition("=")
        if not (sign and option.startswith("--")):
            return found
        head = f"{option}="
        return [
            CompletionItem(f"{head}{item.value}", item.type, item.help, before=f"{head}{item.before or ''}")
            for item in found
        ]


def _unquoted(words: list[str]) -> list[str]:
    return ["".join(split_arg_string(word)[:1]) for word in words]


for _shell in (_Bash, _Zsh, _Fish):
    add_completion_class(_shell)
