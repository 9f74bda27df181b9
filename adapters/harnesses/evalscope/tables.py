"""Which tables of the local copy EvalScope means when it asks for a subset and a split.

Standard library only.
"""

# What one publication calls `val` another calls `validation`.
SPELLINGS = {"val": "validation", "validation": "val"}


def chosen(tables, subset, split, whole, parted=False):  # noqa: FBT002
    """The tables, each with the subset whose rows alone are meant, or None. Empty: there is none.

    `whole` holds the names under which EvalScope asks for all there is (`default`, `all`).
    `parted`: a row tells its subset, where no table is called so.
    """
    for spelling in (split, SPELLINGS.get(split)):
        of_split = [table for table in tables if table.split == spelling]
        exact = [table for table in of_split if table.config == subset]
        if exact:
            return [(table, None) for table in exact]
        # A publication of one config may call it by any name; several are the parts of the whole.
        if subset in whole and of_split:
            return [(table, None) for table in of_split]
        if parted and of_split:
            return [(table, subset) for table in of_split]
    # Where subsets are EvalScope's splits, the one split there is holds them all.
    if parted and subset in whole and len({table.split for table in tables}) == 1:
        return [(table, split) for table in tables]
    return []


def told(tables):
    """The tables in words, for a message."""
    return ", ".join("%s (%s)" % (table.config, table.split) for table in tables) or "no table"
