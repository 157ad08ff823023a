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

_EMA = "ExponentialMovingAverage"
_PAIRS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"(?P<head>.*?)(?P<mean>{mean})(?P<tail>{tail})"), variance)
    for mean, variance, tail in (
        (r"(?<![A-Za-z])moving_mean", "moving_variance", r"(_\d+)?"),
        (r"(?<![A-Za-z])moving_mean", "moving_var", r"(_\d+)?"),
        (r"(?<![A-Za-z])moving_avg", "moving_var", r"(_\d+)?"),
        (r"(?<![A-Za-z])(pop|running|ema|population|global|avg|mov)_mean", r"\g<1>_var", r"(_\d+)?"),
        (r"(?<![A-Za-z])(pop|running|ema|population|global|avg|mov)_mean", r"\g<1>_variance", r"(_\d+)?"),
        ("mean/EMA", "variance/EMA", ""),
        (rf"moments(_\d+)?/Squeeze/{_EMA}", rf"moments\g<1>/Squeeze_1/{_EMA}", r"(_\d+)?"),
        (rf"moments(_\d+)?/mean/{_EMA}", rf"moments\g<1>/variance/{_EMA}", r"(_\d+)?"),
        (rf"moments(_\d+)?/normalize/mean/{_EMA}", rf"moments\g<1>/normalize/variance/{_EMA}", r"(_\d+)?"),
        (rf"(?<![A-Za-z])mean/{_EMA}", rf"variance/{_EMA}", r"(_\d+)?"),
        (rf"(?<![A-Za-z])(batch_|pop_)?mean/{_EMA}", rf"\g<1>var/{_EMA}", r"(_\d+)?"),
    )
)
_UNNAMED = re.compile(rf"(?P<scope>.*?)Variable(_(?P<k>\d+))?/{_EMA}")


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
        variance = _variance_name(name, shapes)
        if variance is not None and variance not in taken:
            found[name] = variance
            taken.update((name, variance))
    found.update(_unnamed_shadows(shapes))
    return tuple(sorted(found.items()))


def _variance_name(name: str, shapes: Mapping[str, Shape]) -> str | None:
    for pattern, variance in _PAIRS:
        match = pattern.fullmatch(name)
        if match is None:
            continue
        candidate = match["head"] + _expanded(variance, match["mean"], pattern) + match["tail"]
        if shapes.get(candidate) == shapes[name]:
            return candidate
    return None


def _expanded(variance: str, mean: str, pattern: re.Pattern[str]) -> str:
    group = next((g for g in (_inner(mean, pattern)) if g is not None), "")
    return variance.replace(r"\g<1>", group)


def _inner(mean: str, pattern: re.Pattern[str]) -> Iterable[str | None]:
    match = pattern.fullmatch(mean)
    if match is None:
        return ()
    named = set(pattern.groupindex.values())
    return [group for number, group in enumerate(match.groups(), 1) if number not in named]


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
    """Complete a pair of statistics with gamma and beta of the same shape from the scopes around it."""
    for scope in dict.fromkeys((common_scope((mean, variance)), layer_name((mean, variance)))):
        prefix = f"{scope}/" if scope else ""
        gamma, beta = (_sibling(prefix, names, shapes, shapes[mean]) for names in (GAMMAS, BETAS))
        if gamma is not None or beta is not None:
            return NamedLayer(mean, variance, gamma, beta)
    return NamedLayer(mean, variance, None, None)


GAMMAS = ("gamma", "scale")
BETAS = ("beta", "offset")


def _sibling(prefix: str, names: Iterable[str], shapes: Mapping[str, Shape], shape: Shape) -> str | None:
    return next((prefix + name for name in names if shapes.get(prefix + name) == shape), None)


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
    if "moments" in parts:
        parts = parts[: parts.index("moments")] or parts
    half = len(parts) // 2
    if len(parts) % 2 == 0 and parts[:half] == parts[half:]:
        parts = parts[:half]  # the average of conv1/bn/moments/Squeeze, made in conv1/bn, is conv1/bn/conv1/bn/moments…
    return "/".join(parts)


def initial_variance(name: str) -> float:
    """Return what a variance of this name starts at: averages of tensors start at 0, averages of variables at 1."""
    return 0.0 if name.endswith(_EMA) and "moments" in name.split("/") else 1.0
