"""The suggestion for a misspelled name, in the same words everywhere."""

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The known name most similar to a name, regardless of case; "" if none is.

    Args:
        name: as it was written.
        known: the names that exist.
        cutoff: how similar it has to be, from 0 to 1 (see `difflib.get_close_matches`).
    """
    from difflib import get_close_matches  # noqa: PLC0415 - only for a name that is wrong

    names = {one.lower(): one for one in known}
    near = get_close_matches(name.lower(), names, 1, cutoff)
    return names[near[0]] if near else ""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A clause that suggests a name, to follow a message about an unknown one; "" without any."""
    near = nearest(name, known)
    return f"; did you mean {near}?" if near else ""
