"""Artifact → Subject: the batch-norm layers, and what else a rule may ask."""
