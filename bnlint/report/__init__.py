"""Renderers: a `Report` goes in, a string comes out. None of them prints, reads files or knows rules."""
