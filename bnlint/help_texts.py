"""What ``--help`` says after the options: examples and exit codes, marked so that click leaves their lines alone."""

from __future__ import annotations

EXIT_CODES = """\
\b
Exit codes:
  0  nothing at or above --fail-on (an error, unless told otherwise)
  1  findings at or above it
  2  wrong usage, a path that does not exist, a file that could not be read
  3  the place exists and holds no checkpoint
"""
EXIT_CODES_OF_INSPECT = """\
\b
Exit codes:
  0  everything could be read
  2  wrong usage, a path that does not exist, a file that could not be read
  3  the place exists and holds no checkpoint
"""
EXAMPLES = """\
\b
Examples:
  bnlint check model.ckpt-18000              a checkpoint by its prefix
  bnlint check runs/                         the newest of every run below
  bnlint check model.keras export/1600000000 gs://bucket/run/model.ckpt-9
  bnlint check m.ckpt --format json -o report.json
  bnlint check runs/1 --history              its checkpoints, compared
  bnlint diff m.ckpt-900 m.ckpt-1000         what moved, and how far
  bnlint inspect m.ckpt                      every layer and what it holds
  bnlint rule BN301                          what a finding means
"""
CHECK_EXAMPLES = """\
\b
Examples:
  bnlint check model.ckpt-18000
  bnlint check model.ckpt-18000 --select BN3 --ignore BN305
  bnlint check runs/ --all --jobs 4
  bnlint check run/model.ckpt-100 run/model.ckpt-200
  bnlint check run/ --history
  bnlint check 'runs/*/model.ckpt-*' --format json --output report.json
  bnlint check training/ --fail-on warning --strict --require-layers
"""
DIFF_EXAMPLES = """\
\b
Examples:
  bnlint diff run/model.ckpt-900 run/model.ckpt-1000
  bnlint diff before.keras after.keras --fail-on warning
  bnlint diff weights.01.h5 gs://bucket/run/weights.02.h5 --format json
"""
