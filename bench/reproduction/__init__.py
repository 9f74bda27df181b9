"""Whether a published number holds: measured here, or from answers that are there."""
