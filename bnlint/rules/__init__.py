"""One module per rule, a registry that collects them, and the loop that runs them."""
