"""Which rules run: what one place says of it, laid over what another said before.

Words as on the command line; the registry is asked only where two words may mean the same rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bnlint.settings import PerPath


class Choice(NamedTuple):
    """What a file, a part of it, or the command line says of which rules run."""

    select: tuple[str, ...] = ()
    """The rules to run: what was said before is forgotten, also what was ignored. Empty to say nothing."""
    ignore: tuple[str, ...] | None = None
    """The rules not to run, instead of those that were ignored before; None to say nothing."""
    extend_select: tuple[str, ...] = ()
    """Rules to run beside those that were selected before, also where they were ignored."""
    extend_ignore: tuple[str, ...] = ()
    """Rules not to run, beside those that were ignored before."""

    def then(self, later: Choice) -> Choice:
        """Return what this says and ``later`` after it."""
        if later.select:
            return later
        select = (*self.select, *later.extend_select) if self.select else ()
        extend_select = self.extend_select if self.select else (*self.extend_select, *later.extend_select)
        if later.ignore is not None:
            return Choice(select, later.ignore, extend_select, later.extend_ignore)
        ignore = None if self.ignore is None else _without(self.ignore, later.extend_select)
        extend_ignore = (*_without(self.extend_ignore, later.extend_select), *later.extend_ignore)
        return Choice(select, ignore, extend_select, extend_ignore)

    @property
    def selected(self) -> tuple[str, ...]:
        """Words for the rules to run, before any is ignored; empty for all."""
        return tuple(dict.fromkeys((*self.select, *self.extend_select))) if self.select else ()

    @property
    def ignored(self) -> tuple[str, ...]:
        """Words for the rules not to run."""
        return tuple(dict.fromkeys((*(self.ignore or ()), *self.extend_ignore)))

    def codes(self) -> tuple[str, ...]:
        """Return the codes of the rules that run, where nothing was said before.

        Raises:
            bnlint.rules.registry.UnknownRuleError: a word means no rule.
        """
        from bnlint.rules.registry import selected  # noqa: PLC0415 - words are enough for most

        return tuple(rule.code for rule in selected(self.selected, self.ignored))


def choice_of(entry: PerPath) -> Choice:
    """Return what settings say of the rules for a path."""
    return Choice(entry.select, entry.ignore, entry.extend_select, entry.extend_ignore)


def _without(words: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Return ``words`` without the rules that ``wanted`` means; BN3 without BN305 becomes the others of it."""
    if not words or not wanted:
        return words
    from bnlint.rules.registry import find_rules  # noqa: PLC0415 - words are enough for most

    lifted = {rule.code for word in wanted for rule in find_rules(word)}
    kept: list[str] = []
    for word in words:
        codes = [rule.code for rule in find_rules(word)]
        kept += [word] if lifted.isdisjoint(codes) else [code for code in codes if code not in lifted]
    return tuple(kept)
