"""Baselines: what was found before is listed, and not counted."""
