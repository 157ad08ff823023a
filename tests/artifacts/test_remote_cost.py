"""What a check over http costs: requests and bytes, beside those of a local one."""

from __future__ import annotations

import shutil

import h5py
import numpy as np
import pytest

import bnlint
from bnlint.artifacts.remote import REMOTE
from bnlint.artifacts.remote_file import PAGE
from tests.artifacts.test_remote import locally
from tests.running import TF1
from tests.serving import serving

LAYERS = 60
ROLES = ("gamma", "beta", "moving_mean", "moving_variance")


@pytest.fixture
def server(tmp_path):
    REMOTE.forget()
    with serving(tmp_path) as running:
        yield running


def remotely(server, path):
    """Check over http, see that it is as locally; return how many ranges were asked for, and the bytes."""
    (there,) = bnlint.check(f"{server.url}/{path.name}").artifacts
    (here,) = bnlint.check(path).artifacts
    assert (there.layers, there.findings, there.problems) == (here.layers, here.findings, ())
    assert there.layers
    return sum("bytes=" in request for request in server.requests), server.sent


def write_weights(path, values):
    """Write a file as Keras 3 does, with ``values`` numbers between the statistics of one layer and the next."""
    with h5py.File(path, "w") as file:
        for number in range(LAYERS):
            for kind, shapes in (("dense", [(values,), (64,)]), ("batch_normalization", [(64,)] * 4)):
                group = file.create_group(f"layers/{kind}_{number}/vars")
                group.attrs["name"] = f"{kind}_{number}"
                for position, shape in enumerate(shapes):
                    group[str(position)] = np.full(shape, 0.5, np.float32)


@pytest.mark.parametrize(
    ("values", "fewer"), [(4096, 8), (1 << 17, 4)], ids=["little between the layers", "much between the layers"]
)
def test_hdf5_takes_few_requests(server, tmp_path, values, fewer):
    path = tmp_path / "m.weights.h5"
    write_weights(path, values)
    count, reads = locally(path)
    requests, sent = remotely(server, path)
    assert requests * fewer <= reads
    assert sent <= 1.5 * count


def test_a_bundle_takes_one_request_for_a_layer_and_several_at_a_time(server, tf, tmp_path):
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        for number in range(LAYERS):
            for name, size in (("kernel", 5000), *((f"bn/{role}", 64) for role in ROLES)):
                v1.get_variable(f"l{number:02}/{name}", [size], initializer=v1.ones_initializer())
        session.run(v1.global_variables_initializer())
        v1.train.Saver().save(session, f"{tmp_path}/m", write_meta_graph=False)
    count, reads = locally(tmp_path / "m")
    assert reads >= 4 * LAYERS
    server.delay = 0.02
    requests, sent = remotely(server, tmp_path / "m")
    assert LAYERS <= requests <= LAYERS + 4
    assert sent <= count + 3 * PAGE
    assert server.most_at_once > 4


@pytest.mark.parametrize("fixture", ["estimator_export", "estimator_export_training_mode"])
def test_a_saved_model_takes_the_bytes_it_takes_locally(server, tmp_path, fixture):
    shutil.copytree(TF1 / fixture, tmp_path / "sm")
    count, reads = locally(tmp_path / "sm")
    requests, sent = remotely(server, tmp_path / "sm")
    assert requests <= reads // 3
    assert sent <= count + 2 * PAGE
