"""Renderers: a `Report` goes in, a string comes out, whole or in pieces.

None of them prints, reads files or knows rules.
"""
