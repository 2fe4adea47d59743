"""What every check of a password or token needs, wherever it is made: counting guesses, remembering what was right, threads.

Law (tests/verdigris/credential_checks): a guess is counted before it is checked; what is remembered is
bounded, and no password can be found out from it.
"""

from verdigris.credential_checks.counted_checks import CountedChecks
from verdigris.credential_checks.guesses import Guesses
from verdigris.credential_checks.recent import RecentlyRight
from verdigris.credential_checks.tallies import LocalTallies, Tallies
from verdigris.credential_checks.threads import CheckThreads


__all__ = [
    "CheckThreads",
    "CountedChecks",
    "Guesses",
    "LocalTallies",
    "RecentlyRight",
    "Tallies",
]
