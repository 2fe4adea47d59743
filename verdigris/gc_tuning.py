"""The garbage collector of a server process.

Law: objects that are there for good (modules, models, settings) are not looked through again and
again, and short-lived ones only after many of them: most die by themselves, without the collector.
"""

import gc
from typing import Final


YOUNG: Final = 10_000
"""Objects made and not yet ended that make the collector look at the young ones; Python says 700.
A look at all the 110,000 objects of a session server with one model took 60 ms and more, in which
nobody is answered."""
OLDER: Final = 10
"""So many looks at the younger ones come before one at the older ones, as Python does it."""


def settle() -> None:
    """What exists now is there for good: call once, when the process is ready to serve."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, OLDER, OLDER)
