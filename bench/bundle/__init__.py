"""Bundles: all that a run needs, in one folder, for a machine without network. docs/bundles.md."""
