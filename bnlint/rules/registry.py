"""Every rule, in the order of its code, and how a word on the command line finds one."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from bnlint.rules.bn101_frozen_statistics import frozen_statistics
from bnlint.rules.bn102_untrained_layer import untrained_layer
from bnlint.rules.bn103_non_finite import non_finite
from bnlint.rules.bn104_negative_variance import negative_variance
from bnlint.rules.bn105_underconverged_statistics import underconverged_statistics
from bnlint.rules.bn106_half_updated_statistics import half_updated_statistics
from bnlint.rules.bn107_constant_variance import constant_variance
from bnlint.rules.bn108_extreme_variance import extreme_variance
from bnlint.rules.bn109_swapped_statistics import swapped_statistics
from bnlint.rules.bn201_missing_statistics import missing_statistics
from bnlint.rules.bn202_trainable_statistics import trainable_statistics
from bnlint.rules.bn203_axis_mismatch import axis_mismatch
from bnlint.rules.bn204_unaveraged_statistics import unaveraged_statistics
from bnlint.rules.bn301_unwired_updates import unwired_updates
from bnlint.rules.bn302_unregistered_updates import unregistered_updates
from bnlint.rules.bn303_inference_mode_training import inference_mode_training
from bnlint.rules.bn304_ungated_updates import ungated_updates
from bnlint.rules.bn305_suspicious_momentum import suspicious_momentum
from bnlint.rules.bn306_repeated_updates import repeated_updates
from bnlint.rules.bn401_learning_phase_unset import learning_phase_unset
from bnlint.rules.bn402_mixed_learning_phase import mixed_learning_phase
from bnlint.rules.bn403_training_mode_serving import training_mode_serving
from bnlint.rules.bn501_stalled_statistics import stalled_statistics
from bnlint.rules.bn502_drifting_statistics import drifting_statistics
from bnlint.rules.bn503_reset_statistics import reset_statistics
from bnlint.rules.plugins import load_plugins
from bnlint.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    frozen_statistics,
    untrained_layer,
    non_finite,
    negative_variance,
    underconverged_statistics,
    half_updated_statistics,
    constant_variance,
    extreme_variance,
    swapped_statistics,
    missing_statistics,
    trainable_statistics,
    axis_mismatch,
    unaveraged_statistics,
    unwired_updates,
    unregistered_updates,
    inference_mode_training,
    ungated_updates,
    suspicious_momentum,
    repeated_updates,
    learning_phase_unset,
    mixed_learning_phase,
    training_mode_serving,
    stalled_statistics,
    drifting_statistics,
    reset_statistics,
)
"""Those of bnlint itself."""


@functools.cache
def all_rules() -> tuple[Rule, ...]:
    """Return every rule: those of bnlint, then those of plugins.

    Raises:
        bnlint.rules.plugin_error.PluginError: a plugin cannot be used.
    """
    return (*RULES, *load_plugins(RULES))


class UnknownRuleError(ValueError):
    """No rule has this code, code prefix or name."""

    def __init__(self, word: str) -> None:
        import difflib  # noqa: PLC0415 - for the rare typo

        known = [text for rule in all_rules() for text in (rule.code, rule.name)]
        near = difflib.get_close_matches(word.upper(), known, 1) or difflib.get_close_matches(word.lower(), known, 1)
        hint = f"; did you mean {near[0]}?" if near else "; 'bnlint rule' lists them"
        super().__init__(f"there is no rule {word!r}{hint}")


def find_rules(word: str) -> tuple[Rule, ...]:
    """Return the rules that ``word`` means: a code (BN301), the start of codes (BN3), or a name (unwired-updates).

    Raises:
        UnknownRuleError: it means none.
    """
    found = tuple(rule for rule in all_rules() if rule.name == word.lower() or _is_start(word.upper(), rule.code))
    if not found:
        raise UnknownRuleError(word)
    return found


def _is_start(word: str, code: str) -> bool:
    """Whether a code starts like this, with all its letters at least: B is not short for BN."""
    return code.startswith(word) and word.startswith(code.rstrip("0123456789"))


def most_specific(words: Iterable[str]) -> dict[str, str]:
    """Return by code which of ``words`` speaks for it: one that means fewer rules beats one that means more.

    Raises:
        UnknownRuleError: a word means no rule.
    """
    meant = {word: find_rules(word) for word in words}
    order = sorted(meant, key=lambda word: -len(meant[word]))
    return {rule.code: word for word in order for rule in meant[word]}


def selected(select: Iterable[str], ignore: Iterable[str]) -> tuple[Rule, ...]:
    """Return the rules to run: all or those of ``select``, without those of ``ignore``.

    Raises:
        UnknownRuleError: a word means no rule.
    """
    chosen = {rule.code for word in select for rule in find_rules(word)} or {rule.code for rule in all_rules()}
    dropped = {rule.code for word in ignore for rule in find_rules(word)}
    return tuple(rule for rule in all_rules() if rule.code in chosen - dropped)
