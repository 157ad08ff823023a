"""What bnlint has to say of every fixture, as a table to read: rule, severity, on how many layers.

Written by hand from what each fixture shows, never generated: a golden can be regenerated with a mistake in it.
"""

from __future__ import annotations

import pathlib

FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"

VERDICTS: dict[str, str] = {
    # tf.layers
    "layers_unwired": "BN101 error 2, BN301 error 2",
    "layers_unwired_momentum": "BN101 error 2, BN301 error 2",
    "layers_unwired_not_fused": "BN101 error 2, BN301 error 2",
    "layers_unwired_resource": "BN101 error 2, BN301 error 2",
    "layers_unwired_without_clock": "BN101 error 2, BN301 error 2",
    "layers_half_wired": "BN301 error 2",
    "layers_run_separately": "BN301 info 2",
    "layers_wired": "",
    "layers_wired_not_fused": "",
    "layers_wired_resource": "",
    "layers_grouped": "",
    "layers_training_true": "",
    "layers_training_false": "BN101 error 2, BN303 error 2",
    "layers_renorm": "",
    "layers_virtual_batch": "",
    "several_steps": "",
    "no_batch_norm": "",
    # saved before any training
    "layers_unwired_step_0": "BN101 info 2, BN301 info 2",
    "layers_random_gamma_step_0": "BN101 info 2, BN301 info 2",
    "layers_zero_gamma_step_0": "BN101 info 2, BN301 info 2",
    "layers_wired_step_0": "BN101 info 2",
    # tf.keras layers in a graph
    "keras_unregistered": "BN101 error 2, BN302 error 2",
    "keras_flat_list": "",
    "keras_nested_list_grouped": "",
    "keras_nested_list_unwired": "BN101 error 2, BN302 error 2",
    "keras_fit": "BN401 info 2",
    # the learning phase
    "phase_1_before": "",
    "phase_0_before": "BN101 error 2, BN303 error 2",
    "phase_1_after": "BN101 error 2, BN401 error 2",
    "phase_1_after_unwired": "BN101 error 2, BN302 error 2, BN401 error 2",
    "phase_1_between": "BN101 error 1, BN402 error 1",
    "phase_never_set": "BN101 error 2, BN401 error 2",
    "phase_fed": "BN401 info 2",
    "phase_0_explicit_training": "",
    "phase_placeholder_unused": "",
    # what was saved
    "saver_trainable_only": "BN201 error 2",
    "saver_trainable_only_without_affine": "BN201 error 2",
    "saver_trainable_only_beside_another": "BN201 warning 2",
    "saver_model_only": "",
    "gan_saver_generator_only": "",
    # recurrent, with one layer that was never trained
    "lstm_layers": "BN101 error 4, BN102 warning 1, BN301 error 4",
    "lstm_keras": "BN101 error 4, BN102 warning 1, BN302 error 4",
    # contrib and slim
    "contrib_pair_outside_cond": "BN304 error 2",
    "contrib_pair_inside_cond": "",
    "contrib_boolean_tensor": "",
    "contrib_inference_decay_1": "",
    "contrib_two_decays": "",
    "contrib_only_decay_1": "BN101 error 2, BN305 warning 2",
    "contrib_zero_debias": "",
    "contrib_layer_norm": "",
    "slim_create_train_op": "",
    "slim_plain_minimize": "BN101 error 2, BN301 error 2",
    # hand-written, and averages of moments
    "memory_forgotten": "BN101 error 2, BN302 error 2",
    "memory_grouped": "",
    "ema_unwired": "BN101 error 2, BN302 error 2",
    "ema_wired": "",
    "ema_second_run": "BN302 info 2",
    "ema_outside_cond": "BN304 error 2",
    "ema_in_cond": "",
    "ema_in_another_cond": "",
    "plain_assigns_wired": "",
    "population_wired": "",
    "population_unwired": "BN101 error 2, BN301 error 2",
    "weight_averages": "",
    # copies of a layer
    "gan_batch_statistics": "BN101 info 2, BN301 info 2",
    "gan_sampler_reads_statistics": "BN101 error 2, BN301 error 2",
    "towers_first_wired": "",
    "towers_second_wired": "",
    "towers_unwired": "BN101 error 2, BN301 error 2",
    "while_loop_wired": "",
    "while_loop_unwired": "BN101 error 1, BN301 error 1",
    "partitioned_wired": "",
    "partitioned_unwired": "BN101 error 2, BN301 error 2",
    # other
    "fine_tuning": "",
    "inference_graph": "",
    "inference_graph_frozen": "BN101 error 2",
    "diverged": "BN103 error 2",
}

LAYERS = {"no_batch_norm": 0, "contrib_layer_norm": 0, "while_loop_wired": 1, "while_loop_unwired": 1} | {
    "lstm_layers": 5,
    "lstm_keras": 5,
}
"""Fixtures that do not have two layers."""


def fixtures() -> list[str]:
    """Return every fixture as ``tf1.15/layers_wired``, sorted."""
    return sorted(str(path.parent.relative_to(FIXTURES)) for path in FIXTURES.glob("tf*/*/checkpoint"))
