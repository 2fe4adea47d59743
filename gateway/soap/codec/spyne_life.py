"""Memory of spyne: what it would keep of dropped services, and the pauses of garbage collection.

A dropped service is freed. spyne holds services in two places: its registry of applications, which
`gateway.soap.codec.spyne_codec` leaves at once, and caches filled by its schema writer, which is never
used here (contracts come from `wsdl`). A test deploys a hundred times and counts objects.
"""

import gateway.soap.codec.spyne_compat  # isort: skip # noqa: F401 - makes spyne importable, so it comes first

import gc

import spyne.const

from verdigris import gc_tuning


spyne.const.MIN_GC_INTERVAL = float("inf")
"""Otherwise `MethodContext.close` collects garbage once a second: 145 ms with 250 operations."""


def settle(*, dropped: bool) -> None:
    """Exclude all present objects from garbage collection: its pauses shrink from 145 ms to nothing.

    New objects are collected as `verdigris.gc_tuning` configures it, not after every 700 of them.

    Args:
        dropped: a service was dropped: what was excluded before has to be examined again.
    """
    if dropped:
        gc.unfreeze()
    gc_tuning.settle()
