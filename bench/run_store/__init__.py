"""Many runs: found, listed, tagged, put away, and held against each other.

Runs' folders are the truth. What is kept of them elsewhere is a cache that can be deleted.
"""
