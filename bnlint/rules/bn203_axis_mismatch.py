"""The layer normalises over another axis than the channels of what feeds it.

## What it means
Batch norm keeps a mean and a variance for each position on one axis, by default the last. What feeds this layer has its
channels on another one: the layer has a mean for each row of an image, or for each word of a sentence.

## Why it is bad
All channels of a row are normalised together, whatever their scale, and the model no longer takes images of another
height or sentences of another length. Training works all the same, as a rule worse.

## How it is recognised
The length of the statistics is not the number of channels that the only convolution or dense layer puts out which feeds
it, and is the size of another dimension of that output. A graph says the sizes; Keras's configuration says the axis
that is normalised, and where the channels are. Between the two only activations, biases and dropout may stand. Behind
concatenations, sums, reshapes, pooling, transposes, grouped, depthwise and transposed convolutions, and in front of a
convolution, nothing is claimed.

## Example
    x = tf.layers.conv2d(images, 5, 3)                             # channels last
    x = tf.layers.batch_normalization(x, axis=1, training=True)    # rows

    $ bnlint check fixtures/tf1.15/layers_axis_1
    warning BN203 axis-mismatch: 2 of 2 layers
      it normalises another axis than that of the channels
      layers      conv/bn, dense/bn
      evidence    length 4 to 6, axes 1 to 2, channels 5 to 7; output: ?x4x4x5,
                  ?x6x7
      op          conv/conv/Conv2D: puts out 5 channels
      variable    conv/bn/moving_mean, conv/bn/moving_variance: has 4 elements
      op          dense/dense/Tensordot/MatMul: puts out 7 channels
                  and 1 more kind of things, shown by --verbose

## How to repair
Name the axis of the channels: -1 for `channels_last`, 1 for `channels_first`.

    x = tf.layers.batch_normalization(x, axis=-1, training=is_training)
    x = tf.keras.layers.BatchNormalization(axis=-1)(x)

The layer's variables get another length, so that old checkpoints no longer fit: train again.

## Known limits
Where as many rows as channels come out, the lengths are the same and say nothing. A SavedModel's graph says no sizes.
"""

from __future__ import annotations

from collections.abc import Iterator

from bnlint.findings import Confidence, Related, Severity
from bnlint.layers.layer import Dialect, Feeder, Layer
from bnlint.layers.subject import Need, Subject
from bnlint.rules.evidence import layer_variables
from bnlint.rules.rule import Blind, Claim, rule

_CALLS = {
    Dialect.KERAS: "tf.keras.layers.BatchNormalization",
    Dialect.EAGER: "tf.keras.layers.BatchNormalization",
    Dialect.TF_LAYERS: "tf.layers.batch_normalization",
}


@rule("BN203", "axis-mismatch", Severity.WARNING, {Need.STRUCTURE}, __doc__)
def axis_mismatch(layer: Layer, subject: Subject) -> Iterator[Claim | Blind]:
    """Claim that the statistics are as long as another dimension than the channels."""
    feeder, length = layer.feeder, _length(layer)
    if feeder is None:
        if Need.GRAPH in subject.missing and layer.declared_momentum is None:
            yield Blind(layer, "nothing says what feeds it")
        return
    if length is None or length == feeder.channels:
        return
    if feeder.shape is None:
        yield Blind(layer, "nothing says the shape of what feeds it")
        return
    axes = tuple([axis for axis, size in enumerate(feeder.shape) if axis > 0 and size == length])
    if not axes:
        return
    yield Claim(
        layer,
        Severity.WARNING,
        Confidence.HIGH,
        "it normalises another axis than that of the channels",
        repair=_repair(layer, feeder),
        evidence={"length": length, "axes": axes, "channels": feeder.channels, "output": _written(feeder.shape)},
        related=(
            Related("op", feeder.op, f"puts out {feeder.channels} channels"),
            *layer_variables(layer.statistics, f"has {length} elements"),
        ),
    )


def _length(layer: Layer) -> int | None:
    """Return how long the statistics are; None where they have another rank, as those over several axes have."""
    shape = next((s.shape for s in layer.statistics if s.shape is not None), None)
    return shape[0] if shape is not None and len(shape) == 1 else None


def _written(shape: tuple[int | None, ...]) -> str:
    """Return a shape in one word, such as ``?x4x4x5``."""
    return "x".join("?" if size is None else str(size) for size in shape)


def _repair(layer: Layer, feeder: Feeder) -> str:
    """Return the call with the axis of the channels."""
    call = _CALLS.get(layer.dialect, "batch_norm")
    shape = feeder.shape or ()
    is_first = len(shape) > 2 and shape[1] == feeder.channels and shape[-1] != feeder.channels
    return f"{call}(..., axis={1 if is_first else -1})"
