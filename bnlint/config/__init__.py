"""The configuration: from files and the command line to `bnlint.settings.Settings`."""
