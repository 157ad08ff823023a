"""bnlint finds batch-normalization mistakes in saved TensorFlow and Keras checkpoints.

Importing this package is cheap: nothing heavier than the standard library is loaded until it is used.
"""

from __future__ import annotations

__version__ = "0.1.0"
