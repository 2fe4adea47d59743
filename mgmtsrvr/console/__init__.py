"""The console: pages for operators, and the stream that keeps them up to date.

The pages are ours and the same for everybody: what they show comes from the API, with its permissions.
"""

from mgmtsrvr.console.root import root


__all__ = ["root"]
