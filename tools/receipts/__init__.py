"""Draws the document task `receipts`: `python -m tools.receipts --fonts DIR`, from the root."""
