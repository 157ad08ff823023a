"""What ``--help`` says below the options: examples, exit codes and environment variables, each with its meaning."""

from __future__ import annotations

EXIT_CODES = (
    ("0", "nothing at or above --fail-on (an error, unless told otherwise)"),
    ("1", "findings at or above it"),
    ("2", "wrong usage; a path, file, configuration, baseline or plugin that cannot be read or used"),
    ("3", "the place exists and holds no checkpoint"),
)
EXIT_CODES_OF_INSPECT = (("0", "everything could be read"), *EXIT_CODES[2:])
EXIT_CODES_OF_RULE = (("0", "it is shown"), ("2", "wrong usage, or there is no such rule"))
EXIT_CODES_OF_SCHEMA = (("0", "it is printed"), ("2", "wrong usage, or there is no such schema"))
EXAMPLES = (
    ("bnlint check model.ckpt-18000", "a checkpoint by its prefix"),
    ("bnlint check runs/", "the newest of every run below"),
    ("bnlint check runs/1 --history", "its checkpoints, compared"),
    ("bnlint diff m.ckpt-900 m.ckpt-1000", "what moved, and how far"),
    ("bnlint inspect m.ckpt", "every layer and what it holds"),
    ("bnlint rule BN301", "what a finding means"),
)
CHECK_EXAMPLES = (
    ("bnlint check model.ckpt-18000", "a checkpoint by its prefix"),
    ("bnlint check model.keras gs://bucket/m.ckpt", "of Keras, and in a remote store"),
    ("bnlint check runs/ --all --jobs 4", "every checkpoint below"),
    ("bnlint check run/ --history", "its checkpoints, compared"),
    ("bnlint check run/m.ckpt-100 run/m.ckpt-200", "two of them, compared"),
    ("bnlint check m.ckpt --select BN3,BN101", "some rules only"),
    ("bnlint check m.ckpt --report html=m.html", "a page to open, beside the text"),
    ("bnlint check m.ckpt --format json", "for programs"),
    ("bnlint check runs/ -q --strict", "for CI: silent while all is well"),
)
DIFF_EXAMPLES = (
    ("bnlint diff run/m.ckpt-900 run/m.ckpt-1000", "two checkpoints of a run"),
    ("bnlint diff before.keras after.keras", "two models with the same layers"),
    ("bnlint diff a.h5 gs://bucket/b.h5", "one of them in a remote store"),
)
INSPECT_EXAMPLES = (
    ("bnlint inspect model.ckpt-18000", "every layer, with its values and wiring"),
    ("bnlint inspect run/ --history", "how mean and variance went over a run"),
    ("bnlint inspect m.keras --format json", "for programs"),
)
RULE_EXAMPLES = (
    ("bnlint rule BN301", "its page"),
    ("bnlint rule unwired-updates", "the same, by its name"),
    ("bnlint rule BN3", "the list of those that look at wiring"),
)
COMPLETION_EXAMPLES = (
    ('eval "$(bnlint completion bash)"', "in ~/.bashrc"),
    ('eval "$(bnlint completion zsh)"', "in ~/.zshrc, below compinit"),
    ("bnlint completion fish | source", "in ~/.config/fish/config.fish"),
)
EXIT_CODES_OF_COMPLETION = (("0", "it is printed"), ("2", "wrong usage, or there is no script for such a shell"))
ENVIRONMENT = (
    ("NO_COLOR", "no colours, unless --color says so"),
    ("FORCE_COLOR", "colours, also into a pipe; 0 is none of that"),
    ("FORCE_HYPERLINK", "1: rule codes are links wherever there are colours; 0: never"),
    ("COLUMNS", "how wide the text may be; otherwise as wide as the terminal"),
    ("BNLINT_NO_PLUGINS", "1: leave the rules of plugins out"),
    ("BNLINT_TRACEBACK", "1: show where a fault of bnlint itself happened"),
)
