"""Damaged Keras files: problems, or values that nothing can tell from right ones; never another exception."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import zipfile

import h5py
import numpy as np
import pytest

from tests.artifacts.keras_models import everything, opened, opened_directory
from tests.artifacts.test_keras_layouts import BN, layer, legacy, model, positional

CONFIG = model(layer("BatchNormalization", "bn"), model(layer("Dense", "d"), name="in", class_name="Functional"))


def content(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def weights():
    positional({"": 0, "layers/batch_normalization": 4, "layers/functional/layers/dense": 2, "optimizer": 3})
    return content("m.weights.h5")


def archive(method=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        file.writestr("metadata.json", json.dumps({"keras_version": "3.9.0"}))
        file.writestr("config.json", json.dumps(CONFIG))
        file.writestr("model.weights.h5", weights())
    return buffer.getvalue()


def whole_model():
    legacy(
        {"bn": [f"bn/{n}:0" for n in BN], "in": ["d/kernel:0"]},
        config=CONFIG,
        optimizer=["Adam/iterations:0", "Adam/m/d/kernel:0"],
    )
    return content("m.h5")


def mutated(original, rng):
    data = bytearray(original)
    kind = rng.randrange(10)
    if kind == 0:
        return bytes(data[: rng.randrange(len(data))])
    if kind == 1:
        start = rng.randrange(len(data))
        data[start : start + 8] = rng.choice([b"\xff" * 8, bytes(8), rng.randbytes(8)])
    elif kind == 2:
        start, end = sorted(rng.sample(range(len(data)), 2))
        del data[start : min(end, start + 64)]
    else:
        for _ in range(rng.choice([1, 1, 2, 8])):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


@pytest.mark.parametrize(
    ("path", "make"),
    [
        ("m.h5", whole_model),
        ("m.h5", weights),
        ("m.keras", archive),
        ("m.keras", lambda: archive(zipfile.ZIP_DEFLATED)),
    ],
)
def test_mutants(path, make):
    original = make()
    write(path, original)
    healthy = opened(path)
    assert healthy.problems == ()
    assert len(healthy.records) > 1
    rng = random.Random(len(original))
    noticed = 0
    for _ in range(300):
        write(path, mutated(original, rng))
        artifact = opened(path)
        values = everything(artifact)
        for problem in (*artifact.problems, *values.problems):
            assert problem.message
            assert "\n" not in problem.message
        assert all(array.nbytes < 1 << 20 for array in values.arrays.values())
        noticed += bool(artifact.problems or values.problems)
    assert noticed > 50


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("config.json", b"{", "config.json: JSON: Expecting property name"),
        ("config.json", b"[]", "config.json: the configuration: expected a model"),
        ("metadata.json", b"\xff", "metadata.json: JSON: "),
    ],
)
def test_a_damaged_part_costs_that_part_alone(name, data, message):
    with zipfile.ZipFile(io.BytesIO(archive())) as original, zipfile.ZipFile("m.keras", "w") as file:
        for member in original.namelist():
            file.writestr(member, data if member == name else original.read(member))
    artifact = opened("m.keras")
    (problem,) = artifact.problems
    assert problem.message.startswith(message)
    assert artifact.framework == (None if name == "metadata.json" else "keras3")
    assert artifact.records[0].class_name == "BatchNormalization"
    assert len(everything(artifact).arrays) == 9


def test_an_unpacked_archive_is_the_same():
    write("m.keras", archive())
    packed = opened("m.keras")
    with zipfile.ZipFile("m.keras") as file:
        file.extractall("d")
    artifact = opened_directory("d/model.weights.h5", config="d/config.json", metadata="d/metadata.json")
    assert artifact.problems == ()
    assert (artifact.saved, artifact.records, artifact.framework) == (packed.saved, packed.records, "keras3")
    for key, value in everything(packed).arrays.items():
        np.testing.assert_array_equal(everything(artifact).arrays[key], value)
    os.remove("d/config.json")
    broken = opened_directory("d/model.weights.h5", config="d/config.json", metadata="d/metadata.json")
    (problem,) = broken.problems
    assert "config.json" in problem.message


def test_a_link_out_of_the_file():
    weights()
    with h5py.File("m.weights.h5", "a") as file:
        file["layers/other"] = h5py.ExternalLink("elsewhere.h5", "/x")
    (problem,) = opened("m.weights.h5").problems
    assert problem.message == "'layers/other' is a link into another file, which is not followed"


def test_a_file_that_goes_away_after_it_was_listed():
    weights()
    artifact = opened("m.weights.h5")
    shutil.move("m.weights.h5", "gone")
    values = everything(artifact)
    assert values.arrays == {}
    (problem,) = values.problems
    assert "No such file" in problem.message
