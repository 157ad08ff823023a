"""A dataflow graph: ancestry, control flow, variables, and where training happens."""
