from __future__ import annotations

from dataclasses import replace

import pytest

from bnlint.findings import Skipped
from bnlint.layers.layer import Dialect, Feeder, Layer
from bnlint.layers.subject import Need, Subject
from tests.rules.build import NO_GRAPH, Table, check, layer, look, subject

Sizes = tuple[int | None, ...]
LAST: Sizes = (None, 4, 6, 5)
FIRST: Sizes = (None, 5, 4, 6)


def fed(
    length: int | None, channels: int | None, shape: Sizes | None = LAST, dialect: Dialect = Dialect.TF_LAYERS
) -> Layer:
    """Return a layer with statistics of this length behind a convolution."""
    feeder = None if channels is None else Feeder("conv/Conv2D", "conv/kernel", channels, shape)
    built = layer(dialect=dialect)
    lengths = None if length is None else (length,)
    return replace(built.mapped(lambda v: replace(v, shape=lengths)), feeder=feeder)


ROWS = "warning high: another axis than that of the channels"

TABLE: Table = {
    "channels last, channels": (subject(fed(5, 5)), ""),
    "channels last, rows": (subject(fed(4, 5)), ROWS),
    "channels last, columns": (subject(fed(6, 5)), ROWS),
    "channels first, channels": (subject(fed(5, 5, FIRST)), ""),
    "channels first, columns": (subject(fed(6, 5, FIRST)), ROWS),
    "as many rows as channels": (subject(fed(5, 5, (None, 5, 6, 5))), ""),
    "another number altogether": (subject(fed(7, 5)), ""),
    "the size of the batch": (subject(fed(16, 5, (16, 4, 6, 5))), ""),
    "a dense layer on sequences, words": (subject(fed(6, 7, (None, 6, 7))), ROWS),
    "a dense layer on vectors": (subject(fed(7, 7, (None, 7))), ""),
    "fed by several": (subject(fed(4, None)), ""),
    "statistics of unknown length": (subject(fed(None, 5)), ""),
    "as many as channels, in an output of unknown shape": (subject(fed(5, 5, None)), ""),
    "sizes that nobody knows": (subject(fed(4, 5, (None, None, None, 5))), ""),
    "a configuration, without a graph": (subject(fed(4, 5, (None, 4, None, 5)), missing=[Need.GRAPH]), ROWS),
    "a configuration in which several feed it": (
        subject(replace(fed(4, None), declared_momentum=0.99), missing=[Need.GRAPH]),
        "",
    ),
}


@pytest.mark.parametrize(("about", "expected"), TABLE.values(), ids=TABLE)
def test_bn203(about: Subject, expected: str) -> None:
    check("BN203", about, expected)


@pytest.mark.parametrize(
    ("about", "reason"),
    [
        (subject(fed(4, 5, None)), "nothing says the shape of what feeds it"),
        (subject(fed(4, None), missing=[Need.GRAPH]), "nothing says what feeds it"),
    ],
    ids=["no shape", "neither graph nor configuration"],
)
def test_a_layer_of_which_too_little_is_known_is_skipped(about: Subject, reason: str) -> None:
    diagnosis = look("BN203", about)
    assert diagnosis.findings == ()
    assert diagnosis.skipped == (Skipped("BN203", reason, ("bn",)),)


def test_what_feeds_the_layer_and_the_statistics_are_named() -> None:
    (finding,) = look("BN203", subject(fed(4, 5))).findings
    assert [(r.kind, r.name, r.note) for r in finding.related] == [
        ("op", "conv/Conv2D", "puts out 5 channels"),
        ("variable", "bn/moving_mean", "has 4 elements"),
        ("variable", "bn/moving_variance", "has 4 elements"),
    ]


def test_the_length_of_one_statistic_is_enough() -> None:
    half = fed(4, 5)
    check("BN203", subject(replace(half, moving_mean=replace(half.moving_mean, shape=None))), ROWS)


def test_statistics_over_several_axes_are_passed_over() -> None:
    wide = fed(4, 5).mapped(lambda v: replace(v, shape=(4, 6)))
    assert look("BN203", subject(wide)).findings == ()


def test_without_anything_that_says_which_layers_there_are_the_rule_is_skipped() -> None:
    assert look("BN203", subject(fed(4, 5), missing=NO_GRAPH)).skipped == (Skipped("BN203", "no structure"),)


@pytest.mark.parametrize(
    ("shape", "dialect", "repair"),
    [
        (LAST, Dialect.TF_LAYERS, "tf.layers.batch_normalization(..., axis=-1)"),
        (FIRST, Dialect.KERAS, "tf.keras.layers.BatchNormalization(..., axis=1)"),
        ((None, 5, 7, 4), Dialect.EAGER, "tf.keras.layers.BatchNormalization(..., axis=1)"),
        ((None, 5, 5, 4), Dialect.TF_LAYERS, "tf.layers.batch_normalization(..., axis=1)"),
        ((None, 4, 5), Dialect.ASSIGN, "batch_norm(..., axis=-1)"),
    ],
)
def test_the_repair_names_the_axis_of_the_channels(shape: Sizes, dialect: Dialect, repair: str) -> None:
    (finding,) = look("BN203", subject(fed(4, 5, shape, dialect))).findings
    assert finding.repair == repair
    assert finding.evidence["output"] == "x".join("?" if size is None else str(size) for size in shape)
    assert finding.evidence["axes"] == tuple([axis for axis, size in enumerate(shape) if size == 4])
