"""What probably keeps statistics from moving where no training graph says: by the framework that wrote the file.

Most likely first, as users of each framework get into it. A cause is named by the rule that would report it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bnlint.layers.layer import Dialect, Layer
from bnlint.rules import repairs


class Likely(NamedTuple):
    """A possible cause, with the code that a program without the mistake has."""

    rule: str
    what: str
    code: str


_TF1 = (
    Likely(
        "BN301",
        "the train op does not run the update ops",
        """\
update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
with tf.control_dependencies(update_ops):
    train_op = optimizer.minimize(loss, global_step=global_step)""",
    ),
    Likely(
        "BN302",
        "the layers are tf.keras layers, whose updates stand in no collection",
        "update_ops = model.get_updates_for(None) + model.get_updates_for(model.inputs)",
    ),
    Likely(
        "BN303",
        "the layers were built with training=False, which is the default",
        "x = tf.layers.batch_normalization(x, training=is_training)",
    ),
    Likely(
        "BN401",
        "the layers are Keras's, built before the learning phase was set",
        "tf.keras.backend.set_learning_phase(1)   # before the first layer is built",
    ),
)
_SLIM = (
    Likely(
        "BN301",
        "the train op is a plain minimize, which does not run the update ops",
        "train_op = slim.learning.create_train_op(total_loss, optimizer)",
    ),
    Likely(
        "BN303",
        "the layers were built with is_training=False",
        "with slim.arg_scope([slim.batch_norm], is_training=is_training):",
    ),
    Likely("BN305", "decay=1.0 never moves them", "net = slim.batch_norm(net, is_training=is_training, decay=0.99)"),
)
_AVERAGES = (
    Likely(
        "BN302",
        "the train op does not run what ExponentialMovingAverage.apply returns",
        """\
update_averages = ema.apply([batch_mean, batch_variance])
with tf.control_dependencies([update_averages]):
    train_op = optimizer.minimize(loss, global_step=global_step)""",
    ),
    Likely(
        "BN303",
        "the predicate of the tf.cond that chooses the moments of the batch was never true",
        "sess.run(train_op, feed_dict={..., is_training: True})",
    ),
)
_ASSIGNS = (
    Likely(
        "BN302",
        "the train op does not run the ops that assign them",
        """\
with tf.control_dependencies([assign_mean, assign_variance]):
    train_op = optimizer.minimize(loss, global_step=global_step)""",
    ),
    Likely(
        "BN303",
        "the layers were built, or fed, for inference",
        "sess.run(train_op, feed_dict={..., is_training: True})",
    ),
)
_EAGER = (
    Likely(
        "BN303",
        "a training loop that calls the model without training=True",
        """\
with tf.GradientTape() as tape:
    loss = loss_of(model(images, training=True), labels)""",
    ),
    Likely(
        "BN303",
        "training=False in the call inside the model: pass the argument on",
        """\
def call(self, inputs, training=None):
    return self.bn(self.conv(inputs), training=training)""",
    ),
)
_KERAS_2 = (
    *_EAGER,
    Likely(
        "BN401",
        "Keras on TensorFlow 1: the learning phase was 0, or set after the layers were built",
        "keras.backend.set_learning_phase(1)   # before the first layer is built",
    ),
    Likely(
        "BN302",
        "Keras on TensorFlow 1: a training loop of one's own that does not run model.updates",
        "sess.run([train_op, *model.updates], feed_dict={..., keras.backend.learning_phase(): 1})",
    ),
)
_DECLARED = Likely(
    "BN303",
    "the model calls the layer with training=False, as its configuration says, and only trainable weights were loaded",
    "model.load_weights(path)   # all of them, the moving statistics too",
)
_BY_DIALECT = {Dialect.SLIM: _SLIM, Dialect.EMA: _AVERAGES, Dialect.ASSIGN: _ASSIGNS}


def likely_causes(layer: Layer, framework: str) -> tuple[Likely, ...]:
    """Return what may keep the statistics of ``layer`` from moving, most likely first."""
    if layer.dialect is Dialect.EAGER:
        likely = _KERAS_2 if framework == "keras2" else _EAGER
        return (_DECLARED, *likely) if layer.declared_training is False else likely
    return _BY_DIALECT.get(layer.dialect, _TF1)


def listed(causes: Sequence[Likely], layer: Layer) -> str:
    """Return the causes as code to compare a training program with, and how to get the statistics back."""
    who = "the file does not say" if layer.dialect is Dialect.EAGER else "no training graph says"
    lines = [f"# {who} why; most likely first, in the training program:"]
    for number, cause in enumerate(causes, 1):
        lines += [f"# {number}. {cause.rule}: {cause.what}", cause.code]
    lines.append(repairs.RECOMPUTE_EAGER if layer.dialect is Dialect.EAGER else repairs.recompute(layer))
    return "\n".join(lines)
