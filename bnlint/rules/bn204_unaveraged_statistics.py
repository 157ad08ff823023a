"""The weights have exponential moving averages and the statistics have none, or the other way round.

## What it means
Training keeps averages of the weights (`tf.train.ExponentialMovingAverage`, Keras's `use_ema`), which evaluation uses
in their place, and none of the moving mean and variance. Or only the statistics are averaged, a second time.

## Why it is bad
Averaged weights put out other activations than the raw ones, and the moving statistics belong to the raw ones. As long
as the weights change slowly the two are close; after a high learning rate, or a long average, they are not. An average
of the statistics alone lags behind the weights that they belong to.

## How it is recognised
By names: `conv/bn/gamma/ExponentialMovingAverage` stands beside `conv/bn/gamma`, and nothing of the kind beside
`conv/bn/moving_mean`. In Keras's files `use_ema` leaves `Adam/average/…` or `…_average` among the optimizer's
variables, which are those of trainable variables only. A layer is told of where its own gamma or beta has an average;
one that has neither, where the weights before it have one, or where any has and nobody knows those before it. Averages
of moments that are the statistics themselves do not count, and layers of a copy of the model that reads the averages
neither.

## Example
    average = tf.train.ExponentialMovingAverage(0.999)
    with tf.control_dependencies([train_op]):
        train_op = average.apply(tf.trainable_variables())

    $ bnlint check fixtures/tf1.15/weight_averages --verbose
    info BN204 unaveraged-statistics: 2 of 2 layers
      the weights have exponential moving averages, and the statistics have
      none: those of the raw weights are used with the averaged ones
      layers      conv/bn, dense/bn
      evidence    averages: conv/bn/gamma/ExponentialMovingAverage and 3 more
      variable    conv/bn/moving_mean, conv/bn/moving_variance,
                  dense/bn/moving_mean, dense/bn/moving_variance: has no average

## How to repair
Average the statistics too:

    average.apply(tf.trainable_variables() + tf.moving_average_variables())

where the second collection has to hold them (`tf.add_to_collection`; slim's does), or recompute them by forward passes
in training mode with the averaged weights, which is the better way, and the only one with `use_ema`.

## Known limits
An average with a name of its own (`ExponentialMovingAverage(decay, name="avg")`) is not recognised. A `.keras` file
does not say whose its optimizer's variables are. A second checkpoint that holds the averages alone is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

from bnlint.findings import Confidence, Related, Severity
from bnlint.layers.layer import Layer
from bnlint.layers.subject import Need, Subject
from bnlint.rules.rule import Blind, Claim, rule


@rule("BN204", "unaveraged-statistics", Severity.INFO, {Need.NAMES}, __doc__)
def unaveraged_statistics(layer: Layer, subject: Subject) -> Iterator[Claim | Blind]:
    """Claim that only one of weights and statistics is averaged."""
    if _is_of_averages(layer, subject):
        return
    without = tuple(s for s in layer.statistics if s.shadow is None)
    if without and _is_averaged(layer, subject):
        message = "the weights have exponential moving averages, and the statistics have none: those of the raw weights"
        yield Claim(
            layer,
            Severity.INFO,
            Confidence.HIGH if any(p.shadow for p in layer.parameters) else Confidence.MEDIUM,
            f"{message} are used with the averaged ones",
            evidence={"averages": tuple(p.shadow for p in layer.parameters if p.shadow)},
            related=tuple(Related("variable", s.name, "has no average") for s in without),
        )
    elif len(without) < len(layer.statistics) and _are_averaged_alone(subject):
        yield Claim(
            layer,
            Severity.INFO,
            Confidence.MEDIUM,
            "the statistics have exponential moving averages, and the weights that they belong to have none",
            evidence={"averages": tuple(s.shadow for s in layer.statistics if s.shadow)},
            related=tuple(Related("variable", s.name, "has an average") for s in layer.statistics if s.shadow),
        )
    elif subject.averaged is None:
        yield Blind(layer, "the file does not say whose the variables of its optimizer are")


def _is_averaged(layer: Layer, subject: Subject) -> bool:
    """Whether averages are kept of the weights that the statistics belong to."""
    if layer.parameters:
        return any(p.shadow for p in layer.parameters)
    averaged = subject.averaged or frozenset()
    return bool(averaged) if layer.feeder is None else layer.feeder.kernel in averaged


def _are_averaged_alone(subject: Subject) -> bool:
    """Whether statistics are averaged a second time, and no weight is: the average of moments is the statistic."""
    statistics = {s.name for layer in subject.layers for s in layer.statistics}
    parameters = [p for layer in subject.layers for p in layer.parameters]
    if subject.averaged != frozenset() or any(p.shadow for p in parameters):
        return False
    return not any(s.shadow in statistics for layer in subject.layers for s in layer.statistics)


def _is_of_averages(layer: Layer, subject: Subject) -> bool:
    """Whether the statistics are themselves the averages of another layer's."""
    shadows = {s.shadow for other in subject.layers for s in other.statistics}
    return any(s.name in shadows for s in layer.statistics)
