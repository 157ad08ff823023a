"""What a rule of your own is made from: the names that a plugin imports, and no others.

A preview: they may change from one minor version to the next, and the changelog says how. ``docs/plugins.md`` shows a
plugin.
"""

from __future__ import annotations

from bnlint.findings import Confidence, Related, Severity
from bnlint.layers.course import Checkpoint, Course, LayerCourse, LayerShift, Verdict
from bnlint.layers.layer import Application, Dialect, Feeder, Layer, Mode, UpdateOp, Variable
from bnlint.layers.numbers import finite
from bnlint.layers.predicates import (
    at_init,
    has_moved,
    is_deliberately_frozen,
    is_frozen,
    is_layer_trained,
    statistics_unused,
)
from bnlint.layers.subject import Need, Subject, Trained
from bnlint.results import Shift, Step
from bnlint.rules.evidence import layer_variables, value_range
from bnlint.rules.plugin_error import PluginError
from bnlint.rules.rule import Blind, Claim, LayerRule, Rule, RunRule, Threshold, rule, run_rule

__all__ = [
    "Application",
    "Blind",
    "Checkpoint",
    "Claim",
    "Confidence",
    "Course",
    "Dialect",
    "Feeder",
    "Layer",
    "LayerCourse",
    "LayerRule",
    "LayerShift",
    "Mode",
    "Need",
    "PluginError",
    "Related",
    "Rule",
    "RunRule",
    "Severity",
    "Shift",
    "Step",
    "Subject",
    "Threshold",
    "Trained",
    "UpdateOp",
    "Variable",
    "Verdict",
    "at_init",
    "finite",
    "has_moved",
    "is_deliberately_frozen",
    "is_frozen",
    "is_layer_trained",
    "layer_variables",
    "rule",
    "run_rule",
    "statistics_unused",
    "value_range",
]
