"""The files of VLMHyperBench as they are: user_config.csv, vlm_base.csv, annotation.csv, prompts.

Its tables are divided by semicolons, begin with a BOM or not, and keep lists in Python's notation.
"""
