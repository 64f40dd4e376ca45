"""The built-in rules, each a few lines."""
