"""SIGHUP: what people send after an edit, and what a terminal sends when it is closed.

Law: an edit never ends a process, and a process never outlives the terminal it was started in.
"""

import os
import signal
import sys
from typing import Any

from twisted.logger import Logger


log = Logger()


def outlive_hangups(reactor: Any) -> None:
    """Take SIGHUP for the rest of the process; call it from the main thread.

    By default SIGHUP would end the process, and every call in it, at once. Watched files need no
    signal; so it is only noted. If the process was started in a terminal that is gone now, it ends
    as by SIGTERM. Where SIGHUP is ignored (nohup) it stays so.
    """
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        return
    attached = _terminal()

    def hangup() -> None:
        if attached and not _terminal():
            os.kill(os.getpid(), signal.SIGTERM)
            return
        log.info(
            "SIGHUP: nothing to do. Watched files are reloaded when they change; for other settings,"
            " stop the process with SIGTERM and start it again"
        )

    signal.signal(signal.SIGHUP, lambda _number, _frame: reactor.callFromThread(hangup))


def _terminal() -> bool:
    try:
        return os.isatty(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
