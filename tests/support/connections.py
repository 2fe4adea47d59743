"""The connections of a host in this process, as the system has them."""

from pathlib import Path


class Peak(set):
    """The host's connections, remembering how many there were at most that no server had ended.

    The end of one may have arrived, and its event not have had its turn, when the next is taken.
    """

    def __init__(self, port):
        super().__init__()
        self.port, self.highest = port, 0

    def add(self, item):
        super().add(item)
        if len(self) > self.highest:
            self.highest = max(self.highest, self.established())

    def established(self):
        """How many there were at one moment: those that two looks after each other have in common.

        The system's list is no picture of a moment: one may end and another begin while it is read.
        """
        return len(self._listed() & self._listed())

    def _listed(self):
        """By the system: state 01; 08 is a connection whose other side has ended it."""
        found = (line.split()[1:4] for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
        ours = f":{self.port:04X}"
        return {other for local, other, state in found if state == "01" and local.endswith(ours)}
