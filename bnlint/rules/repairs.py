"""What to change, as code for the API that wrote the graph."""

from __future__ import annotations

from collections.abc import Iterable

from bnlint.layers.layer import Dialect, Layer, Mode

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
update_averages = ema.apply([batch_mean, batch_variance])
with tf.control_dependencies([update_averages]):
    train_op = optimizer.minimize(loss, global_step=global_step)"""

_ASSIGNS = """\
# run the ops that assign the moving statistics with every training step
with tf.control_dependencies([assign_mean, assign_variance]):
    train_op = optimizer.minimize(loss, global_step=global_step)"""

_WRITTEN = """\
# no op of the graph moves them: write one for each, run both with every step
moments = [(moving_mean, batch_mean), (moving_variance, batch_variance)]
update_ops = [tf.assign(old, 0.99 * old + 0.01 * new) for old, new in moments]
with tf.control_dependencies(update_ops):
    train_op = optimizer.minimize(loss, global_step=global_step)"""

_FOLLOWED = """\
# no training step normalises by this copy of the layer: wherever its weights
# are taken over, take over the statistics too, which are no trainable variables
pairs = [(moving_mean, trained_mean), (moving_variance, trained_variance)]
sess.run([tf.assign(own, trained) for own, trained in pairs])
saver.save(sess, 'repaired/model.ckpt')"""

_LOOP = """\
# the layer stands in the body of a tf.while_loop: its updates can only be
# waited for in there
def body(i, x):
    y = tf.layers.batch_normalization(x, training=is_training)
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        return i + 1, tf.identity(y)"""

_TRAINING_ARGUMENT = {
    Dialect.SLIM: "net = slim.batch_norm(net, is_training=is_training)",
    Dialect.KERAS: "x = tf.keras.layers.BatchNormalization()(x, training=is_training)",
}
_TRAINING_DEFAULT = "x = tf.layers.batch_normalization(x, training=is_training)"
_TRAINING_CALL = """\
# tell the layers that this is training; without the argument they infer
with tf.GradientTape() as tape:
    loss = loss_of(model(images, training=True), labels)"""
_IS_TRAINING = """\
# True in training, False in validation and inference
is_training = tf.placeholder(tf.bool, name="is_training")"""

RETRAIN = """\
# then train again: these weights were trained without normalization, and with
# other statistics the model computes something else"""

_ALONE = """\
# weights that were trained in training mode need no retraining: run the updates
# alone over training data, {} batches or more, and save"""
_COLLECTION = "update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS)"
_MODEL = "update_ops = model.get_updates_for(None) + model.get_updates_for(model.inputs)"
# By the names that the repairs above have for them.
_NAMES_OF_UPDATES = {Dialect.EMA: "update_averages", Dialect.ASSIGN: "[assign_mean, assign_variance]"}

RETRAIN_IN_LOOP = """\
# then train on: updates in the body of a loop cannot be run alone"""

RECOMPUTE_EAGER = """\
# then train again: without training=True the weights were trained with the
# statistics 0 and 1. Only weights that were trained with those of the batches
# (TensorFlow 1 graphs, converted models) need no more than passes over data:
for images in training_batches:
    model(images, training=True)
model.save_weights("repaired.weights.h5")"""

_EXPORT = """\
# in a program of its own: build for inference, restore, export
with tf.Graph().as_default(), tf.Session() as sess:
    images = tf.placeholder(tf.float32, [None, height, width, 3])
    logits = build_model(images, training=False)
    # Keras: tf.keras.backend.set_learning_phase(0) before build_model
    tf.train.Saver().restore(sess, tf.train.latest_checkpoint('run'))
    tf.saved_model.simple_save(sess, 'export', {'images': images}, {'logits': logits})
    # or freeze this graph: tf.graph_util.convert_variables_to_constants(
    #     sess, sess.graph_def, [logits.op.name])"""

_EXPORT_EAGER = """\
# call the model in inference mode in what is exported
@tf.function(input_signature=[tf.TensorSpec([None, height, width, 3])])
def serve(images):
    return model(images, training=False)
tf.saved_model.save(model, 'export', signatures=serve)"""

_EXPORT_KERAS_3 = """\
model.export('export')   # in inference mode
# or, with endpoints of your own:
archive = keras.export.ExportArchive()
archive.track(model)
archive.add_endpoint('serve', lambda images: model(images, training=False),
                     input_signature=[tf.TensorSpec([None, height, width, 3])])
archive.write_out('export')"""


def feed(predicate: str) -> str:
    """Return how to choose training mode by the predicate that the updates hang on."""
    return f"""\
# the updates happen only where {predicate!r} is true: feed it in every training step
sess.run(train_op, feed_dict={{..., {f"{predicate}:0"!r}: True}})
# (weights that were trained without it belong to 0 and 1: train again)
# where that was done:
"""


def recompute(layer: Layer) -> str:
    """Return how to get the statistics of weights that were trained with those of the batches."""
    if layer.dialect is Dialect.EAGER:
        return f"""\
# get them back: passes over training data, {_passes(layer)} batches or more, which move
# the statistics and nothing else
for images in training_batches:
    model(images, training=True)"""
    if layer.dialect is Dialect.SLIM:  # which has code of its own for the train op
        return recompute_first(layer)
    return f"{_ALONE.format(_passes(layer))}\n{_run_alone(_NAMES_OF_UPDATES.get(layer.dialect, 'update_ops'))}"


def recompute_first(layer: Layer) -> str:
    """Return the same where no code before it says which ops the updates are."""
    if layer.dialect in {Dialect.EAGER, Dialect.EMA, Dialect.ASSIGN}:
        return recompute(layer)
    is_listed = layer.dialect is not Dialect.KERAS or any(u.collections for u in layer.updates)
    return f"{_ALONE.format(_passes(layer))}\n{_COLLECTION if is_listed else _MODEL}\n{_run_alone('update_ops')}"


def _passes(layer: Layer) -> int:
    momentum = layer.momentum
    return 500 if momentum is None or not 0 < momentum < 1 else min(10_000, max(50, round(5 / (1 - momentum))))


def _run_alone(ops: str) -> str:
    return f"""\
for batch in training_batches:
    sess.run({ops}, feed_dict={{images: batch, is_training: True}})
saver.save(sess, 'repaired/model.ckpt')"""


def run_updates(layer: Layer) -> str:
    """Return how to make a training step run the layer's update ops."""
    if any(u.in_loop for u in layer.updates):
        return _LOOP
    if layer.dialect is Dialect.EAGER:
        return _TRAINING_CALL
    if layer.dialect is Dialect.KERAS and not any(u.collections for u in layer.updates):
        return _KERAS
    return {Dialect.SLIM: _SLIM, Dialect.EMA: _AVERAGES, Dialect.ASSIGN: _ASSIGNS}.get(layer.dialect, _COLLECTED)


def write_updates(layer: Layer) -> str:
    """Return how to move statistics that no op of a training graph of TensorFlow 1 moves."""
    if layer.applications and all(a.mode is Mode.INFERENCE for a in layer.applications):
        return _FOLLOWED
    return f"{_WRITTEN}\n{_ALONE.format(_passes(layer))}\n{_run_alone('update_ops')}"


def train_in_training_mode(layer: Layer) -> str:
    """Return how to build the layer so that it has update ops, and run them."""
    if layer.dialect is Dialect.EAGER:
        return _TRAINING_CALL
    argument = _TRAINING_ARGUMENT.get(layer.dialect, _TRAINING_DEFAULT)
    joined = {Dialect.SLIM: _SLIM, Dialect.KERAS: _KERAS}.get(layer.dialect, _COLLECTED)
    return f"{_IS_TRAINING}\n{argument}\n{joined}"


def set_learning_phase() -> str:
    """Return how to give Keras layers their mode before they are built."""
    return """\
# in the training program, before the first layer is built:
tf.keras.backend.clear_session()
tf.keras.backend.set_learning_phase(1)   # 0 in the program that evaluates
model = build_model()
# or keep the graph and feed the phase with every training step:
sess.run(train_op, feed_dict={..., tf.keras.backend.learning_phase(): 1})"""


def save_everything(layer: Layer) -> str:
    """Return how to save variables that are not trainable."""
    if layer.dialect is Dialect.EAGER:
        return """\
# save the model, not a list of its trainable variables:
tf.train.Checkpoint(model=model, optimizer=optimizer).save("run/ckpt")
# or model.save_weights(...), model.save(...)"""
    return """\
saver = tf.train.Saver()   # all global variables, not tf.trainable_variables()
# or choose:
moving = [v for v in tf.global_variables() if "moving_" in v.name]
saver = tf.train.Saver(tf.trainable_variables() + moving)
# slim: tf.train.Saver(slim.get_model_variables())"""


def gate_updates(layer: Layer) -> str:
    """Return how to keep an update from running at inference."""
    if layer.dialect is Dialect.SLIM:
        return """\
# one layer whose mode is a boolean tensor:
y = tf.contrib.layers.batch_norm(
    x, is_training=is_training, updates_collections=None, scope=scope)
# or build the training copy inside the lambda; its updates run only there:
y = tf.cond(is_training,
            lambda: batch_norm(x, is_training=True, reuse=None, scope=scope),
            lambda: batch_norm(x, is_training=False, reuse=True, scope=scope))"""
    update = "ema.apply([batch_mean, batch_variance])" if layer.dialect is Dialect.EMA else "update_statistics()"
    return f"""\
# make the update inside the branch that trains; what is made outside a
# tf.cond runs whichever branch is taken
def training():
    with tf.control_dependencies([{update}]):
        return tf.identity(batch_mean), tf.identity(batch_variance)
mean, variance = tf.cond(is_training, training,
                         lambda: (moving_mean, moving_variance))"""


def serve_in_inference_mode(framework: str) -> str:
    """Return how to export a model that was exported in training mode."""
    return {"tf1": _EXPORT, "keras3": _EXPORT_KERAS_3}.get(framework, _EXPORT_EAGER)


def after(causes: Iterable[str], repair: str = "") -> str:
    """Return a repair that needs the causes, which have codes, out of the way."""
    return f"# repair the cause first: {', '.join(causes)}\n{repair}".rstrip("\n")


def momentum_argument(layer: Layer) -> str:
    """Return what the layer's API calls its momentum."""
    return "decay" if layer.dialect in {Dialect.SLIM, Dialect.EMA} else "momentum"


_CALLS = {
    Dialect.SLIM: "x = tf.contrib.layers.batch_norm(x, decay={}, is_training=is_training)",
    Dialect.TF_LAYERS: "x = tf.layers.batch_normalization(x, momentum={}, training=is_training)",
    Dialect.KERAS: "tf.keras.layers.BatchNormalization(momentum={})",
    Dialect.EAGER: "tf.keras.layers.BatchNormalization(momentum={})",
    Dialect.EMA: "ema = tf.train.ExponentialMovingAverage(decay={})",
}


def set_momentum(layer: Layer, momentum: float) -> str:
    """Return how the layer is given a momentum."""
    argument = momentum_argument(layer)
    call = _CALLS.get(layer.dialect, "momentum = {}").format(f"{momentum:.4g}")
    return f"# moving = {argument} * moving + (1 - {argument}) * batch\n{call}"
