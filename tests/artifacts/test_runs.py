"""What the name of an artifact says of its run and of when it was saved."""

from __future__ import annotations

import pytest

from bnlint.artifacts.runs import directory_position, position, run_name, without_progress


@pytest.mark.parametrize(
    ("name", "run", "step"),
    [
        ("model.ckpt-18000", "model", 18000),
        ("model.ckpt", "model", None),
        ("ckpt-5", "ckpt", 5),
        ("-5", "", 5),
        ("a-" + "9" * 5000, "a", 10**18 - 1),
        ("weights.01-0.5.h5", "weights", 1),
        ("weights.02-0.41.weights.h5", "weights", 2),
        ("fer2013_mini_XCEPTION.00-0.47.hdf5", "fer2013_mini_XCEPTION", 0),
        ("w-improvement-12-0.83.hdf5", "w-improvement", 12),
        ("weights_epoch_12.h5", "weights", 12),
        ("model-ep003-loss0.12-val_loss0.34.h5", "model", 3),
        ("model-val_loss0.34-ep003.keras", "model", 3),
        ("best-0.93.h5", "best", None),
        ("checkpoint_epoch=3.keras", "checkpoint", 3),
        ("ep01-1.90.keras", "ep", 1),
        ("epoch_03.weights.h5", "epoch", 3),
        ("epoch=3-step=100.ckpt", "epoch", 3),
        ("keep3.h5", "keep3", None),
        ("e3_resnet.h5", "e3_resnet", None),
        ("cp-0010.ckpt", "cp", 10),
        ("1600000000", "", 1600000000),
        ("01-1.565.weights.h5", "", 1),
        ("12-val_loss0.4.keras", "", 12),
        ("resnet_v1_50", "resnet_v1_50", None),
        ("resnet_v1_101.ckpt", "resnet_v1_101", None),
        ("mobilenet_v1_1.0_224.ckpt", "mobilenet_v1_1.0_224", None),
        ("inception-v3", "inception-v3", None),
        ("model.weights.json", "model", None),
        ("", "", None),
    ],
)
def test_names(name, run, step):
    assert (run_name(name), position(name)) == (run, step)


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        ("model.ckpt-18000", "model.ckpt"),
        ("model.ckpt", "model.ckpt"),
        ("ckpt-1", "ckpt"),
        ("model-epoch-12", "model"),
        ("model_step100", "model"),
        ("weights.05-0.34", "weights"),
        ("weights.05-0.34.h5", "weights.h5"),
        ("weights.06-0.29.weights.h5", "weights.weights.h5"),
        ("1600000000", ""),
        ("02-1.553.weights.h5", ".weights.h5"),
        ("model-e_val_loss-0.1234", "model-e"),
        ("model.12-val_acc=0.91", "model"),
        ("epoch_3/model.ckpt-4", "epoch_3/model.ckpt"),
        ("model.ckpt-epoch=3-step=100", "model.ckpt"),
        ("deep_2", "deep_2"),
        ("model_deep2", "model_deep2"),
        ("filter_2", "filter_2"),
        ("multistep_3", "multistep_3"),
        ("resnet50", "resnet50"),
        ("resnet_v2", "resnet_v2"),
        ("tower_2", "tower_2"),
        ("-18000", ""),
        ("step-3", "step"),
        ("", ""),
    ],
)
def test_what_all_saves_of_a_run_have_in_common(name, rest):
    assert without_progress(name) == rest


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("epoch_3", ("epoch", 3)),
        ("Epoch-12", ("Epoch", 12)),
        ("step=1000", ("step", 1000)),
        ("model_epoch_3", ("model_epoch", 3)),
        ("global_step_7", ("global_step", 7)),
        ("iteration-5", ("iteration", 5)),
        ("checkpoint-500", ("checkpoint", 500)),
        ("ckpt-" + "9" * 5000, ("ckpt", 10**18 - 1)),
        ("run-1", None),
        ("fold_2", None),
        ("seed-3", None),
        ("v1.0", None),
        ("3", None),
        ("1600000000", None),
        ("step", None),
        ("step3", None),
        ("multistep_3", None),
        ("epoch_3_best", None),
        ("", None),
    ],
)
def test_a_directory_is_called_by_its_step_with_a_word_for_it(name, expected):
    assert directory_position(name) == expected
