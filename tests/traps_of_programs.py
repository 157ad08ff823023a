"""Programs that no rule has an exception for and that must pass all of them: why they might not, and the fixtures.

`ROWS` is kept by hand; some of these are exceptions of rules too.
"""

from __future__ import annotations

from tests.trap import Trap

ROWS: tuple[str, ...] = (
    *("GAN pair", "siamese towers", "several devices", "while loop", "recurrent cell", "reused hundreds of times"),
    *("target network", "averages of losses", "averages of weights", "stochastic averages", "inner loop"),
    *("synchronized", "renorm", "virtual batch", "mixed precision", "other norms", "preprocessing"),
    *("running normalizers", "conditional", "zero or random gamma", "new head", "template copy"),
)

TRAPS: dict[str, Trap] = {
    "GAN pair": Trap(
        "a critic on real and on made images, two train ops of which each runs some updates, a sampler",
        (
            *("trap_gan_pair", "trap_gan_shared_updates", "trap_gan_in_place", "trap_gan_gradient_penalty"),
            "object_pair_healthy",
        ),
        (),
        ("trap_gan_pair_unwired", "object_pair_forgotten"),
    ),
    "siamese towers": Trap(
        "two copies of every layer in one loss, and a third that infers",
        ("trap_siamese", "object_siamese_healthy"),
        (),
        ("trap_siamese_unwired", "object_siamese_forgotten"),
    ),
    "several devices": Trap(
        "a tower per device whose gradients are averaged, and the updates of one of them",
        ("trap_towers_on_devices",),
        (),
        ("trap_towers_on_devices_unwired",),
    ),
    "while loop": Trap(
        "the updates stand in the body of a loop, where nothing outside waits for them",
        ("while_loop_wired",),
        (),
        ("while_loop_unwired",),
    ),
    "recurrent cell": Trap(
        "a cond within a loop, both with variables of their own",
        ("trap_recurrent_cell",),
        (),
        ("trap_recurrent_cell_unwired",),
    ),
    "reused hundreds of times": Trap(
        "hundreds of applications and updates of one layer in one step",
        ("reused_wired", "object_reused_healthy", "shared_50_updates_slowly"),
        (),
        ("reused_unwired", "object_reused_forgotten"),
    ),
    "target network": Trap(
        "a second network in inference mode, whose statistics are assigned from the first and never averaged",
        ("trap_target_network", "object_target_healthy", "object_average_healthy"),
        (),
        ("trap_target_network_unwired", "trap_target_network_trainables", "object_target_forgotten"),
    ),
    "averages of losses": Trap(
        "averages of losses, rates and norms, scalars and vectors, of which some are called mean and variance",
        ("trap_averages_of_losses", "trap_averages_without_batch_norm"),
        (),
        ("trap_averages_of_losses_unwired",),
    ),
    "stochastic averages": Trap(
        "a mean of weights and statistics over steps, in variables that are called after them",
        ("trap_stochastic_averages", "trap_stochastic_averages_of_trainables", "object_use_ema_healthy"),
        (),
        ("trap_stochastic_averages_unwired", "object_use_ema_forgotten"),
    ),
    "inner loop": Trap(
        "meta-learning takes the moments of every batch, with momentum 0 or with updates that nobody runs",
        ("trap_inner_loop_momentum_0", "trap_inner_loop_unwired", "meta_learning_momentum_0"),
        ("BN305: 0, and all of several copies use batch statistics", "BN306: inner loop with momentum 0"),
        ("layers_momentum_01",),
    ),
    "synchronized": Trap(
        "the moments are those of several towers, averaged before the statistics follow",
        ("trap_synchronized", "object_synchronized_healthy", "archive_synchronized_healthy"),
        (),
        ("trap_synchronized_forgotten", "object_synchronized_forgotten", "archive_synchronized_forgotten"),
    ),
    "renorm": Trap("a second set of statistics beside the moving ones", ("layers_renorm",), (), ("layers_unwired",)),
    "virtual batch": Trap("a batch in parts with moments of their own", ("layers_virtual_batch",)),
    "mixed precision": Trap(
        "activations in 16 bits, so that casts stand between the layer, its moments and its variables",
        (
            *("trap_half_precision", "trap_brain_float"),
            *("archive_mixed_precision_healthy", "archive_brain_float_healthy"),
        ),
        (),
        (
            *("trap_half_precision_unwired", "trap_half_precision_inference", "trap_brain_float_unwired"),
            "archive_brain_float_forgotten",
        ),
    ),
    "preprocessing": Trap(
        "Keras's Normalization layer has a mean, a variance and a count",
        ("archive_preprocessing_healthy",),
        (),
        ("archive_preprocessing_forgotten",),
    ),
    "running normalizers": Trap(
        "observations and targets are divided by running moments, which may still be 0 and 1",
        (
            *("trap_observation_normalizer", "trap_observation_normalizer_at_rest", "trap_normalized_targets"),
            "object_observations_healthy",
        ),
        (),
        ("trap_observation_normalizer_unwired", "object_observations_forgotten"),
    ),
    "conditional": Trap(
        "gamma and beta are rows of an embedding, so that the layer seems to have none",
        ("trap_conditional",),
        (),
        ("trap_conditional_unwired",),
    ),
    "zero or random gamma": Trap(
        "gamma starts at 0 or anywhere, and is off 1 without any training",
        ("trap_zero_gamma", "trap_random_gamma"),
        ("BN101: random gamma before any training",),
        ("trap_zero_gamma_unwired",),
    ),
}
