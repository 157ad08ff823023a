"""What to change, as code for the API that wrote the graph."""

from __future__ import annotations

from bnlint.layers.subject import Dialect, Layer

_COLLECTED = """\
# collect after the last layer is built, in the same graph
update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
with tf.control_dependencies(update_ops):
    train_op = optimizer.minimize(loss, global_step=global_step)"""

_SLIM = """\
# either let slim join the updates to the train op
train_op = slim.learning.create_train_op(total_loss, optimizer)
# or make every layer run its own updates in place
net = slim.batch_norm(net, is_training=is_training, updates_collections=None)"""

_KERAS = """\
# tf.keras layers never fill UPDATE_OPS: ask the model for its updates
update_ops = model.get_updates_for(None) + model.get_updates_for(model.inputs)
# (a single layer: layer.get_updates_for(layer_input))
with tf.control_dependencies(update_ops):
    train_op = optimizer.minimize(loss, global_step=global_step)"""

_AVERAGES = """\
# run what ExponentialMovingAverage.apply returns with every training step
train_step = optimizer.minimize(loss, global_step=global_step)
with tf.control_dependencies([train_step]):
    train_op = tf.group(*ema_apply_ops)   # and run this train_op"""

_ASSIGNS = """\
# the ops that assign the moving statistics must run with every training step
with tf.control_dependencies(assign_mean_and_variance_ops):
    train_op = optimizer.minimize(loss, global_step=global_step)"""

_TRAINING_ARGUMENT = {
    Dialect.SLIM: ("net = slim.batch_norm(net, is_training=True)   # or a boolean tensor fed True"),
    Dialect.KERAS: "x = tf.keras.layers.BatchNormalization()(x, training=True)",
}
_TRAINING_DEFAULT = "x = tf.layers.batch_normalization(x, training=True)   # or a placeholder fed True"

RECOMPUTE = (
    "# weights that are fine need no retraining: recompute the statistics with\n"
    "# forward passes in training mode over training data, learning rate 0"
)


LIKELY_CAUSES = """\
# there is no graph to say why; most likely first:
# 1. the train op does not run the update ops
#    (tf.keras layers: update_ops = model.get_updates_for(model.inputs))
update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
with tf.control_dependencies(update_ops):
    train_op = optimizer.minimize(loss, global_step=global_step)
# 2. the layers were built with training=False, which is the default,
#    or before the learning phase was set
x = tf.layers.batch_normalization(x, training=True)"""


def run_updates(layer: Layer) -> str:
    """Return how to make a training step run the layer's update ops."""
    if layer.dialect is Dialect.KERAS and not any(u.collections for u in layer.updates):
        return _KERAS
    return {Dialect.SLIM: _SLIM, Dialect.EMA: _AVERAGES, Dialect.ASSIGN: _ASSIGNS}.get(layer.dialect, _COLLECTED)


def train_in_training_mode(layer: Layer) -> str:
    """Return how to build the layer in training mode, so that it has update ops, and run them."""
    argument = _TRAINING_ARGUMENT.get(layer.dialect, _TRAINING_DEFAULT)
    joined = {Dialect.SLIM: _SLIM, Dialect.KERAS: _KERAS}.get(layer.dialect, _COLLECTED)
    return f"{argument}\n{joined}"


def set_learning_phase() -> str:
    """Return how to give Keras layers their mode before they are built."""
    return """\
tf.keras.backend.clear_session()
tf.keras.backend.set_learning_phase(1)   # before the first layer is built
model = build_model()
# or keep the graph and feed the phase with every training step
sess.run(train_op, feed_dict={..., tf.keras.backend.learning_phase(): 1})
# or say it per call: layer(x, training=True)"""


def save_everything() -> str:
    """Return how to save variables that are not trainable."""
    return """\
saver = tf.train.Saver()   # all global variables, not tf.trainable_variables()
# or choose:
moving = [v for v in tf.global_variables() if "moving_" in v.name]
saver = tf.train.Saver(tf.trainable_variables() + moving)
# slim: tf.train.Saver(slim.get_model_variables())"""


def gate_updates() -> str:
    """Return how to keep an update from running at inference."""
    return """\
# one layer whose mode is a boolean tensor:
y = tf.contrib.layers.batch_norm(
    x, is_training=is_training, updates_collections=None, scope=scope)
# or build the training copy inside the lambda; its updates run only there:
y = tf.cond(is_training,
            lambda: batch_norm(x, is_training=True, reuse=None, scope=scope),
            lambda: batch_norm(x, is_training=False, reuse=True, scope=scope))"""
