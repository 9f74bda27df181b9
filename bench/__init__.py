"""VLMHyperBench: one config, any harness, one honest report."""

__version__ = "0.1.0"
