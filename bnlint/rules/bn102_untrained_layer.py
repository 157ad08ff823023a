"""Gamma, beta and statistics of one layer are all untouched in a trained model.

## What it means
Everything the layer owns is at its initial value while the rest of the artifact was trained: the layer is not
in the trained graph, or it sits behind a stop-gradient.

## Why it is bad
A layer that is built and never trained is usually a wiring mistake: its output is not used, the loss does not
reach it, or its variables are missing from the optimizer's `var_list`.

## How it is recognised
Gamma and/or beta exist with known constant initial values, all of gamma, beta, mean and variance are at init, no
optimizer slot has moved, and something else proves training. Info where a clock says that training has not begun
since (a new head on restored weights). Where gamma and beta are not trainable the layer was frozen on purpose, which
BN101 says.

## Example
    encoded = tf.layers.batch_normalization(encoded, training=is_training)
    loss = reconstruction_loss(decode(tf.stop_gradient(encoded)))

    $ bnlint check fixtures/tf1.15/lstm_layers
    warning BN102 untrained-layer: 1 of 5 layers
      gamma, beta and statistics are all at their initial values while the rest
      of the model was trained: no gradient reaches them in the graph
      layers      autoencoder/batch_normalization_1
      evidence    channels 6, gamma 1, beta 0
      variable    autoencoder/batch_normalization_1/gamma and 3 more: at its
                  initial value

## How to repair
Use the layer's output in the loss, remove the stop-gradient, or add its variables to the optimizer's `var_list`.
If the layer is not needed, do not build it.

## Known limits
A gamma that is drawn at random says nothing; a layer with neither gamma nor beta is never reported here.
"""

from __future__ import annotations

from collections.abc import Iterator

from bnlint.findings import Confidence, Severity
from bnlint.layers.layer import Dialect, Layer
from bnlint.layers.predicates import is_deliberately_frozen, is_left_out
from bnlint.layers.subject import Need, Subject
from bnlint.rules.evidence import layer_variables, trained_evidence
from bnlint.rules.rule import Blind, Claim, rule

_REPAIR = """\
# make the loss depend on the layer, and train its variables
loss = loss_of(output_that_uses_the_layer)      # no tf.stop_gradient in between
train_op = optimizer.minimize(loss)             # or add gamma and beta to var_list=
# a layer that is not needed: do not build it"""

_REPAIR_EAGER = """\
# make the loss depend on the layer, and train its variables
loss = loss_of(output_that_uses_the_layer)      # no tf.stop_gradient in between
optimizer.apply_gradients(zip(gradients, model.trainable_variables))
# a layer that is not needed: do not build it; one that was frozen on purpose
# (trainable = False, which these files do not always say) is as it should be"""


@rule("BN102", "untrained-layer", Severity.WARNING, {Need.VALUES}, __doc__)
def untrained_layer(layer: Layer, subject: Subject) -> Iterator[Claim | Blind]:
    """Claim that the layer is the one that training left out."""
    if not is_left_out(layer, subject) or is_deliberately_frozen(layer):
        return
    message = "gamma, beta and statistics are all at their initial values while the rest of the model was trained"
    if subject.step is not None and subject.step.value == 0:
        yield Claim(layer, Severity.INFO, Confidence.MEDIUM, f"{message}; the clock says that training has not begun")
        return
    unreached = any(p.is_optimized is False for p in layer.parameters)
    if unreached:
        message += ": no gradient reaches them in the graph"
    yield Claim(
        layer,
        Severity.WARNING,
        Confidence.HIGH if unreached else Confidence.MEDIUM,
        message,
        repair=_REPAIR_EAGER if layer.dialect is Dialect.EAGER else _REPAIR,
        evidence=trained_evidence(layer, subject),
        related=layer_variables(layer.variables, "at its initial value"),
    )
