"""Fixtures for all tests. TensorFlow is the oracle of the readers; it is imported once, and only when asked for."""

from __future__ import annotations

import os
import warnings
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("bnlint", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("bnlint")


@pytest.fixture(scope="session")
def tf() -> Any:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    with warnings.catch_warnings():  # what TensorFlow's own imports warn about is not ours
        warnings.simplefilter("ignore")
        return pytest.importorskip(
            "tensorflow", reason="TensorFlow, the oracle, is not installed", exc_type=ModuleNotFoundError
        )
