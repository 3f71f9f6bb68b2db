"""The command line: one thin module per noun; data on stdout, talk on stderr."""
