"""Health of a pool: whether a session can be had of it now, as far as is known.

A pool whose last connect failed is unable until it tries again. One that does not try by itself (no
session is due, or connects are direct) is taken as able once its time to try again has come: the
next client finds out, and balancers that stay away from a server with a problem come back.
"""

from typing import Final

from sesssrvr.pool.values import Pool


GRACE: Final = 1.0
"""Seconds after the time of a new try in which the pool is still unable: it tries at the next tick."""


def why_unable(pool: Pool, now: float) -> str:
    """Why no session can be had of a pool; "" if one can, or if nothing is known.

    Args:
        pool: the pool, or the direct connects to a model.
        now: by the clock of `Pool.retry_at`.
    """
    if not pool.failures or pool.idle:
        return ""
    trying = pool.connecting or pool.retry_at > now - GRACE
    return pool.problem if trying else ""
