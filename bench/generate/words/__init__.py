"""Invented people, places and companies, in en, ru and ko."""

from bench.generate.words.invented import WORDS, Person, Words, company, person, postal

__all__ = ["WORDS", "Person", "Words", "company", "person", "postal"]
