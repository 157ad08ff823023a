"""``python -m bnlint``."""

from __future__ import annotations

from bnlint.cli import main

if __name__ == "__main__":
    main()
