"""The commands, one in each module, with the name of the module."""
