from __future__ import annotations

import shutil
import warnings

import pytest

from tests.artifacts import saving
from tests.artifacts.places import DATA


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Run in an empty directory, so that paths in expectations are as short as what was passed."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def original(tf, tmp_path_factory):
    directory = tmp_path_factory.mktemp("original")
    return directory, saving.checkpoint(tf, f"{directory}/m")


@pytest.fixture
def expected(original, here):
    """A copy of the checkpoint as ``m`` in the current directory; its values."""
    for name in ("m.index", "m.meta", "m" + DATA):
        shutil.copy(original[0] / name, name)
    return original[1]


@pytest.fixture(scope="session", params=["keras", "tf_keras"])
def any_keras(request, tf):
    """Keras 3, then Keras 2 as it lives on."""
    with warnings.catch_warnings():  # what their own imports warn about is not ours
        warnings.simplefilter("ignore")
        return pytest.importorskip(
            request.param, reason=f"{request.param} is not installed", exc_type=ModuleNotFoundError
        )
