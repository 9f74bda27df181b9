"""What is sold and what it comes to; amounts in hundredths."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from bench.generate.words import WORDS


@dataclass(frozen=True)
class Item:
    name: str
    unit: str
    quantity: int
    price: int

    @property
    def amount(self) -> int:
        return self.quantity * self.price


@dataclass(frozen=True)
class Bill:
    """`rate`: the tax in percent, on top of the items' sum."""

    items: tuple[Item, ...]
    rate: int

    @property
    def net(self) -> int:
        return sum(item.amount for item in self.items)

    @property
    def tax(self) -> int:
        """Half a hundredth is rounded up."""
        return (self.net * self.rate + 50) // 100

    @property
    def total(self) -> int:
        return self.net + self.tax


def bill(rng: Random, language: str, *, items: tuple[int, int], rate: int) -> Bill:
    """Between the two numbers of `items`, no goods twice."""
    chosen = rng.sample(WORDS[language].goods, rng.randint(*items))
    step = 10_000 if language == "ko" else 5  # whole hundreds of won
    return Bill(
        tuple(
            Item(name, unit, rng.choice((1, 1, 2, 3, 4, 5, 8, 10, 12)), _near(rng, price, step))
            for name, unit, price in chosen
        ),
        rate,
    )


def _near(rng: Random, price: int, step: int) -> int:
    """Up to a tenth more or less."""
    return max(step, round(price * rng.uniform(0.9, 1.1) / step) * step)
