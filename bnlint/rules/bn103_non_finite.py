"""A variable of the layer holds NaN or infinity.

## What it means
Gamma, beta, the moving mean or the moving variance has a NaN or an infinite value in at least one channel, or a
half-precision variance stands at 65504, the largest number that float16 can hold.

## Why it is bad
One such channel makes every output of the layer, and of everything behind it, NaN. Training diverged, or a batch
had no elements.

## How it is recognised
By reading the values.

## Example
    optimizer = tf.train.GradientDescentOptimizer(learning_rate=100.0)   # diverges

    $ bnlint check fixtures/tf1.15/diverged
    error BN103 non-finite: 2 of 2 layers
      values are NaN or infinite: every output of the layer is useless
      layers      conv/bn, dense/bn
      evidence    gamma_nonfinite 4 to 6, beta_nonfinite 4 to 6,
                  moving_mean_nonfinite 4 to 6, moving_variance_nonfinite 4 to
                  6, channels 4 to 6
      variable    conv/bn/gamma and 7 more: values are NaN or infinite

## How to repair
Where every other channel is at its initial value, look for BN401 first. Else go back to the last checkpoint without
NaN; lower the learning rate or clip gradients; keep the statistics of mixed-precision models in float32; make sure that
no batch is empty.

## Known limits
None.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bnlint.findings import Confidence, JsonValue, Severity
from bnlint.layers.layer import Dialect, Layer, Variable
from bnlint.layers.subject import Need, Subject
from bnlint.rules.evidence import layer_variables
from bnlint.rules.rule import Blind, Claim, rule

_HALF_MAX = 65504.0
_REPAIR = """\
# restore the last checkpoint without NaN, then train on
# with a lower learning rate or clipped gradients
saver.restore(sess, 'path/to/an/earlier/model.ckpt')
gradients, variables = zip(*optimizer.compute_gradients(loss))
gradients, _ = tf.clip_by_global_norm(gradients, 1.0)
train_op = optimizer.apply_gradients(zip(gradients, variables), global_step=global_step)"""

_REPAIR_EAGER = """\
# restore the last weights without NaN, then train on
# with a lower learning rate or clipped gradients
model.load_weights("path/to/earlier/weights")
optimizer = tf.keras.optimizers.Adam(learning_rate=1e-4, clipnorm=1.0)"""


@rule("BN103", "non-finite", Severity.ERROR, {Need.VALUES}, __doc__)
def non_finite(layer: Layer, subject: Subject) -> Iterator[Claim | Blind]:
    """Claim that a variable holds values that are no numbers."""
    present = {role: v for role, v in layer.roles.items() if v is not None}
    counts = {role: _count(v) for role, v in present.items()}
    bad = {role: count for role, count in counts.items() if count}
    saturated = _is_saturated(layer.moving_variance)
    if not bad and not saturated:
        return
    evidence: dict[str, JsonValue] = {f"{role}_nonfinite": count for role, count in bad.items()}
    if layer.moving_mean.values is not None:
        evidence["channels"] = int(layer.moving_mean.values.size)
    affected = [present[role] for role in bad] or [layer.moving_variance]
    message = "values are NaN or infinite" if bad else "the float16 variance stands at 65504, the largest it can hold"
    yield Claim(
        layer,
        Severity.ERROR,
        Confidence.HIGH,
        f"{message}: every output of the layer is useless",
        repair=_REPAIR_EAGER if layer.dialect is Dialect.EAGER else _REPAIR,
        evidence=evidence,
        related=layer_variables(affected, message),
    )


def _count(variable: Variable) -> int:
    if variable.values is None or variable.values.dtype.kind not in "fc":
        return 0
    return int(np.count_nonzero(~np.isfinite(variable.values)))


def _is_saturated(variance: Variable) -> bool:
    values = variance.values
    return (
        values is not None
        and values.dtype == np.float16
        and bool(np.max(values.astype(np.float32), initial=0.0) >= _HALF_MAX)
    )
