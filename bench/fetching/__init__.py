"""Models and data sets of a hub -> folders that `--weights` and `bench data add` take."""

from bench.fetching.fetch import Fetched, fetch
from bench.fetching.wanted import Wanted, wanted

__all__ = ["Fetched", "Wanted", "fetch", "wanted"]
