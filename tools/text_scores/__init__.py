"""Text scores of pages by language, in reading order and in whatever order."""
