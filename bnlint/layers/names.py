"""Batch-norm variables by their names, for checkpoints without a graph.

The dialects are those of Keras, tf.layers, contrib/slim, tensorpack, ExponentialMovingAverage of moments,
and common hand-written code. A pair of statistics is a mean and a variance that sit together and have the
same shape; a variable merely called beta, gamma, mean or alpha proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

Shape = tuple[int, ...]

OBJECT_SUFFIX = "/.ATTRIBUTES/VARIABLE_VALUE"
"""How the key of a variable ends in an object-based checkpoint (tensorflow/python/checkpoint/trackable_view.py)."""

_EMA = "ExponentialMovingAverage"
_KIND = r"(?<![A-Za-z])(pop|running|ema|population|global|avg|mov|moving|accumulated|batch)"
_DIALECTS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"{mean}(_\d+)?$"), variance)
    for mean, variance in (
        (rf"{_KIND}_mean", r"\1_variance\2"),
        (rf"{_KIND}_mean", r"\1_var\2"),
        (r"(?<![A-Za-z])moving_avg", r"moving_var\1"),
        (r"(?<![A-Za-z])mean/EMA", r"variance/EMA\1"),
        (rf"(moments(?:_\d+)?)/Squeeze/{_EMA}", rf"\1/Squeeze_1/{_EMA}\2"),
        (rf"(moments(?:_\d+)?(?:/normalize)?)/mean/{_EMA}", rf"\1/variance/{_EMA}\2"),
        (rf"(?<![A-Za-z_])((?:batch_)?)mean/{_EMA}", rf"\1variance/{_EMA}\2"),
        (rf"(?<![A-Za-z_])((?:batch_)?)mean/{_EMA}", rf"\1var/{_EMA}\2"),
    )
)
"""How the name of a mean ends, and what its variance is called then."""
_PLAIN = tuple((re.compile(r"(?<![A-Za-z])mean$"), variance) for variance in ("variance", "var"))
"""Caffe's converters and others; these prove nothing without a scale or an offset beside them."""
_MARKS = ("mean", "moving_avg", "/Squeeze/")
"""What the name of every mean holds: most of 100,000 names need no regular expression."""
_UNNAMED = re.compile(rf"(?P<scope>.*?)Variable(_(?P<k>\d+))?/{_EMA}")
_OF_MOMENTS = re.compile(rf"(^|/)moments(_\d+)?/(.*/)?{_EMA}(_\d+)?$")
GAMMAS = ("gamma", "scale")
BETAS = ("beta", "offset", "shift")


class NamedLayer(NamedTuple):
    """The variables of one layer, by name."""

    mean: str
    variance: str
    gamma: str | None
    beta: str | None


def pairs(shapes: Mapping[str, Shape]) -> tuple[tuple[str, str], ...]:
    """Return (mean, variance) for every pair of statistics among variables with these names and shapes."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in shapes:
        if any(mark in name for mark in _MARKS):
            variance = _partner(name, shapes, _DIALECTS) or _confirmed(name, shapes)
            if variance is not None and variance not in taken:
                found[name] = variance
                taken.update((name, variance))
    found.update(_unnamed_shadows(shapes))
    return tuple(sorted(found.items()))


def _partner(name: str, shapes: Mapping[str, Shape], dialects: Iterable[tuple[re.Pattern[str], str]]) -> str | None:
    """Return the variance of equal shape that a dialect puts beside the mean ``name``."""
    for pattern, variance in dialects:
        candidate = pattern.sub(variance, name)
        if candidate != name and shapes.get(candidate) == shapes[name]:
            return candidate
    return None


def _confirmed(name: str, shapes: Mapping[str, Shape]) -> str | None:
    """Return the partner of a plain ``mean`` with a scale or offset beside it and no count (Keras's Normalization)."""
    variance = _partner(name, shapes, _PLAIN)
    if variance is None or name[: -len("mean")] + "count" in shapes:
        return None
    layer = siblings(name, variance, shapes)
    return variance if layer.gamma or layer.beta else None


def _unnamed_shadows(shapes: Mapping[str, Shape]) -> dict[str, str]:
    """Pair ``Variable_k/ExponentialMovingAverage`` with its successor: a mean and a variance made one after the other.

    Weights that are averaged have shadows of the same form, so a pair counts only where both are vectors of one
    length and the raw variables have no shape of a weight's (their neighbours in number are not their weights).
    """
    numbered: dict[tuple[str, int], str] = {}
    for name, shape in shapes.items():
        match = _UNNAMED.fullmatch(name)
        if match is not None:
            if len(shape) != 1:
                return {}  # an average of weights
            numbered[match["scope"], int(match["k"] or 0)] = name
    found: dict[str, str] = {}
    used: set[str] = set()
    for (scope, k), name in sorted(numbered.items()):
        successor = numbered.get((scope, k + 1))
        if name not in used and successor is not None and shapes[successor] == shapes[name]:
            found[name] = successor
            used.update((name, successor))
    return found


def siblings(mean: str, variance: str, shapes: Mapping[str, Shape]) -> NamedLayer:
    """Complete a pair of statistics with gamma and beta of the same shape from the scope that owns it.

    Where the mean is called ``bn1_mean``, its gamma may be ``bn1_gamma``.
    """
    heads = [f"{scope}/" if scope else "" for scope in (common_scope((mean, variance)), layer_name((mean, variance)))]
    if mean.endswith("mean"):
        heads.append(mean[: -len("mean")])
    for head in dict.fromkeys(heads):
        gamma, beta = (_sibling(head, names, shapes, shapes[mean]) for names in (GAMMAS, BETAS))
        if gamma is not None or beta is not None:
            return NamedLayer(mean, variance, gamma, beta)
    return NamedLayer(mean, variance, None, None)


def _sibling(head: str, names: Iterable[str], shapes: Mapping[str, Shape], shape: Shape) -> str | None:
    return next((head + name for name in names if shapes.get(head + name) == shape), None)


def common_scope(names: Iterable[str]) -> str:
    """Return the innermost name scope that holds all ``names``, without a trailing slash."""
    split = [name.split("/")[:-1] for name in names]
    shared: list[str] = []
    for parts in zip(*split, strict=False):  # the shortest ends it
        if len(set(parts)) != 1:
            break
        shared.append(parts[0])
    return "/".join(shared)


def layer_name(variables: Iterable[str]) -> str:
    """Return the name of the scope that owns ``variables``; empty where they share none.

    Averages of moments stand under the name of the tensor they average, so the scope ends before ``moments``.
    """
    scope = common_scope(variables)
    parts = scope.split("/")
    if "moments" not in parts[1:]:
        return scope
    parts = parts[: parts.index("moments", 1)]
    half = len(parts) // 2
    if len(parts) % 2 == 0 and parts[:half] == parts[half:]:
        parts = parts[:half]  # the average of conv1/bn/moments/Squeeze, made in conv1/bn, is conv1/bn/conv1/bn/moments…
    return "/".join(parts)


def initial_variance(name: str) -> float:
    """Return what a variance of this name starts at: averages of tensors start at 0, averages of variables at 1."""
    return 0.0 if _OF_MOMENTS.search(name) else 1.0
