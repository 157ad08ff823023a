"""What each rule must not fire on: why it might, and which fixtures and hand-built models show that it does not.

`ROWS` is kept by hand, a name for each exception of the catalogue.
"""

from __future__ import annotations

from tests.trap import Trap

ROWS: dict[str, tuple[str, ...]] = {
    "BN101": ("untrained", "batch statistics everywhere", "folded", "frozen on purpose", "standardised data"),
    "BN102": ("new head", "frozen on purpose"),
    "BN103": (),
    "BN104": ("made up for by epsilon",),
    "BN105": ("converged", "one of a run", "statistics from elsewhere", "clocks of two networks"),
    "BN106": ("dead channels",),
    "BN107": ("dead channels", "one channel"),
    "BN108": ("dead channels", "unscaled data"),
    "BN109": ("behind a ReLU",),
    "BN201": ("other norms", "partial save", "folded", "no statistics", "kept by a sibling"),
    "BN202": ("averages of weights",),
    "BN203": ("not plain to see", "another layout", "wrapped"),
    "BN204": ("averages of weights",),
    "BN301": ("frozen on purpose", "one tower wired"),
    "BN302": ("empty UPDATE_OPS",),
    "BN303": ("fine-tuning",),
    "BN304": ("gated by its momentum", "training alone"),
    "BN305": ("inference copy with momentum 1",),
    "BN306": ("branches that exclude each other",),
    "BN401": ("placeholder without use",),
    "BN402": ("base that infers", "template copy"),
    "BN403": ("unreachable copies", "other norms when served", "off by default", "training graph"),
    "BN501": ("frozen base", "saved twice"),
    "BN502": ("frozen base", "recomputed"),
    "BN503": ("frozen base",),
}

TRAPS: dict[str, Trap] = {
    "untrained": Trap(
        "statistics at 0 and 1 are what they start at, and gamma may be random from the beginning",
        (
            *("layers_unwired_step_0", "layers_wired_step_0", "layers_random_gamma_step_0"),
            *("layers_zero_gamma_step_0", "object_step_0", "archive_step_0"),
        ),
        ("BN101: saved before any training", "BN301: saved before any training", "BN401: saved before any training"),
        ("layers_unwired", "object_forgotten", "archive_forgotten"),
    ),
    "batch statistics everywhere": Trap(
        "the statistics never move, and nobody reads them: samplers and tests normalise by their own batch",
        ("gan_batch_statistics", "trap_inner_loop_unwired"),
        ("BN101: a generator's sampler uses batch statistics", "BN201: nothing reads them"),
        ("gan_sampler_reads_statistics",),
    ),
    "folded": Trap(
        "the layer has become part of a convolution, and its statistics are gone",
        ("constants_folded", "constants_grappler", "frozen_graph_conv_folded", "frozen_graph_folded"),
        (),
        ("frozen_graph_dense_folded_unwired",),
    ),
    "frozen on purpose": Trap(
        "statistics at their initial values, by decision: gamma and beta are there too, and not trainable",
        ("fine_tuning", "archive_never_trainable", "saved_model_never_trainable", "fit_nested_partly_frozen"),
        ("BN101: frozen on purpose", "BN101: the configuration freezes it", "BN102: the configuration freezes it"),
        ("object_fine_tuning_forgotten",),
    ),
    "standardised data": Trap(
        "the data have a mean of 0 and a variance of 1 already, so the statistics are next to where they started",
        ("trap_standardised",),
        ("BN101: standardised data, near 0 and 1", "BN106: the data are centred and scaled"),
        ("trap_standardised_unwired",),
    ),
    "new head": Trap(
        "a layer at its initial values in an artifact that is trained, because its own training comes next",
        ("trap_new_head_step_0", "object_new_head_step_0", "archive_new_head_step_0", "trap_new_head"),
        ("BN102: a new head at step 0",),
        ("trap_new_head_unwired", "archive_new_head_forgotten"),
    ),
    "made up for by epsilon": Trap(
        "a port from another epsilon makes up for it in the variance, which may then be below 0",
        ("ported_epsilon",),
        ("BN104: just above -epsilon",),
        ("ported_epsilon_twice",),
    ),
    "converged": Trap(
        "few steps or a momentum near 1, and still nothing is left of the initial value, or it is corrected for",
        ("converged", "archive_converged", "zero_debias_short", "fine_tuning_new_step"),
        ("BN105: one channel below the threshold", "BN105: both corrected", "BN105: twenty in each step"),
        ("underconverged", "archive_underconverged", "zero_debias_off_short"),
    ),
    "one of a run": Trap(
        "an early checkpoint of a run has not converged, and a later one has", ("several_steps", "run_healthy")
    ),
    "statistics from elsewhere": Trap(
        "a clock begins anew where another program stopped, and its few steps left nothing of initial values",
        ("imported_all", "run_fine_tuning", "hdf5_tuned_in_training", "fine_tuning_new_step"),
        (),
        ("imported_trainables", "hdf5_tuned_trainables", "hdf5_tuned_trainables_in_training"),
    ),
    "clocks of two networks": Trap(
        "the step variable counts the steps of one network, and the other was updated many times for each",
        ("trap_gan_in_turns",),
        (),
        ("trap_gan_in_turns_short",),
    ),
    "dead channels": Trap(
        "what is always 0 has a mean of exactly 0, and one variance in all channels: a power of the momentum, or 0",
        ("trap_dead_channels", "dead_channels", "blank_colour"),
        ("BN106: every channel is dead", "BN107: all channels dead", "BN108: every channel is dead"),
        ("trap_dead_channels_unwired", "batch_of_one"),
    ),
    "one channel": Trap(
        "one channel has the same variance as all others", ("trap_dead_channels",), ("BN107: one channel",)
    ),
    "unscaled data": Trap(
        "images in 0..255 and more, with variances above 10,000",
        ("unscaled_images",),
        ("BN108: inputs that nobody scaled",),
    ),
    "behind a ReLU": Trap(
        "no mean is negative, as if it were a variance",
        ("ported_in_order",),
        ("BN109: behind a ReLU no mean is negative",),
        ("ported_exchanged",),
    ),
    # what was saved
    "other norms": Trap(
        "layer, instance, group and spectral norm: gamma and beta are all their children, and nothing else is missing",
        (
            *("object_layer_norm", "archive_layer_norm", "contrib_layer_norm"),
            *("trap_other_norms", "trap_contrib_norms", "trap_spectral_norm"),
        ),
        (),
        ("object_affine_only",),
    ),
    "partial save": Trap(
        "a generator saved alone: of the critic's layers nothing was meant to be in the file",
        ("gan_saver_generator_only", "saver_model_only"),
        (),
        ("saver_trainable_only",),
    ),
    "no statistics": Trap(
        "batch norm by hand that never had statistics has none to lose", ("trap_no_statistics",), (), ("ema_unwired",)
    ),
    "kept by a sibling": Trap("two files of one run hold what one lacks", (), ("BN201: a sibling holds them",)),
    "averages of weights": Trap(
        "averages of gamma and beta are called after them, look like slots, and need not be kept of statistics",
        ("weight_averages", "averages_of_everything", "trap_averages_of_trainables", "trap_averages_of_all"),
        ("BN202: averages of weights are no slots", "BN204: everything"),
        ("trap_averages_of_all_unwired", "object_average_forgotten"),
    ),
    # axes
    "not plain to see": Trap(
        "what feeds a layer is one of several things, or has several sizes that the statistics may have",
        ("archive_shared_healthy", "fit_shared", "hdf5_nested_healthy"),
        ("BN203: fed by several", "BN203: as many rows as channels", "BN203: a configuration in which several feed it"),
        ("archive_axis_1",),
    ),
    "another layout": Trap(
        "channels come first, and the statistics have their number",
        ("layers_axis_last",),
        ("BN203: channels first, channels", "BN203: channels last, channels"),
        ("layers_axis_1",),
    ),
    "wrapped": Trap(
        "a wrapper stands between the layer and what feeds it",
        ("archive_time_distributed_healthy",),
        (),
        ("archive_time_distributed_forgotten",),
    ),
    # wiring
    "one tower wired": Trap(
        "update ops that nobody runs: those of another tower do the same",
        ("towers_first_wired", "towers_second_wired", "trap_towers_on_devices"),
        ("BN301: one tower of two is wired",),
        ("towers_unwired", "trap_towers_on_devices_unwired"),
    ),
    "empty UPDATE_OPS": Trap(
        "updates in place, or run by `fit`, need no collection",
        ("contrib_boolean_tensor", "keras_fit", "plain_assigns_wired", "ema_wired"),
        ("BN302: updates in place, and UPDATE_OPS empty",),
        ("keras_unregistered", "ema_unwired"),
    ),
    "fine-tuning": Trap(
        "training in inference mode keeps the statistics of an earlier training",
        ("fine_tuning", "object_fine_tuning", "trap_new_head", "archive_new_head_healthy"),
        ("BN303: fine-tuning with frozen, non-default statistics",),
        ("layers_training_false", "trap_template_copy_inference"),
    ),
    "gated by its momentum": Trap(
        "a fused layer's update stands outside the cond, and its momentum is 1 at inference",
        ("layers_wired", "contrib_boolean_tensor", "ema_in_another_cond"),
        ("BN304: gated",),
        ("contrib_pair_outside_cond", "ema_outside_cond"),
    ),
    "training alone": Trap(
        "an update on the way to the output, in a graph that never infers",
        ("layers_training_true", "plain_assigns_wired", "slim_create_train_op"),
        ("BN304: training only",),
    ),
    "inference copy with momentum 1": Trap(
        "an inference copy built with `decay=1.0` beside one that trains",
        ("contrib_inference_decay_1", "contrib_two_decays"),
        ("BN305: an inference copy with decay=1",),
        ("contrib_only_decay_1",),
    ),
    "branches that exclude each other": Trap(
        "several updates of one statistic, of which a step runs one",
        ("contrib_pair_inside_cond", "layers_wired_not_fused", "trap_recurrent_cell"),
        ("BN306: 50 and 0.99",),
        ("shared_50_updates",),
    ),
    # the mode
    "placeholder without use": Trap(
        "Keras leaves a learning-phase placeholder in graphs that have nothing to do with it",
        ("phase_placeholder_unused",),
        ("BN401: a placeholder without a batch-norm consumer",),
        ("phase_never_set",),
    ),
    "base that infers": Trap(
        "`base(x, training=False)` below a head that follows the learning phase: two modes in one step",
        ("trap_base_infers",),
        ("BN402: base(x, training=False) with a trainable head",),
        ("trap_base_infers_unfed", "phase_1_between"),
    ),
    "template copy": Trap(
        "a functional model leaves a copy of its layers on the placeholder, with updates that nobody runs",
        ("trap_template_copy",),
        (
            "BN401: the template copy hangs on it, the training call does not",
            "BN402: the template copy hangs on the placeholder",
        ),
        ("trap_template_copy_unwired", "trap_template_copy_inference"),
    ),
    "unreachable copies": Trap(
        "the function library of a SavedModel holds training copies that no signature calls",
        ("saved_model_healthy", "export_healthy", "export_inference_mode", "saved_model_train_step_healthy"),
        ("BN403: a training copy that is not served",),
        ("export_training_mode",),
    ),
    "other norms when served": Trap(
        "layer normalisation is lowered to a fused batch norm in training mode",
        ("saved_model_layer_norm", "export_two_norms"),
        (),
        ("export_training_mode",),
    ),
    "off by default": Trap(
        "a training branch behind a predicate that is False unless somebody feeds it",
        ("frozen_graph_false_by_default", "serving_mode_false_by_default", "session_false_by_default"),
        (),
        ("frozen_graph_true_by_default", "serving_mode_true_by_default"),
    ),
    "training graph": Trap(
        "the graph of a training checkpoint is in training mode, and nobody serves it",
        ("layers_training_true", "training_graph_wired"),
        (),
        ("serving_training_mode",),
    ),
    # runs
    "frozen base": Trap(
        "from one checkpoint to the next a base stays as it is, while a head is trained",
        ("run_frozen_base", "run_epochs_frozen_base"),
        ("BN501: batch norm frozen", "BN502: a frozen base whose statistics stay", "BN503: frozen all along"),
        ("run_frozen_base_drifting",),
    ),
    "saved twice": Trap("two checkpoints hold the same", ("run_same_twice",), ("BN501: the same twice",)),
    "recomputed": Trap(
        "statistics moved alone, because they were recomputed as BN101 recommends",
        ("run_recomputed",),
        ("BN502: recomputed, as BN101 recommends",),
        ("run_drifting",),
    ),
}
