"""Records a terminal cannot obey: raised inside the engine, kept and counted by the terminal."""

from typing import Final

from verdigris.errors import HostDataError


# Negative response codes, RFC 2355 section 10.4.
COMMAND_REJECT: Final = 0x00
OPERATION_CHECK: Final = 0x02


class DataStreamError(Exception):
    """A record, or a part of one, that is not valid; never leaves the terminal package.

    Attributes:
        offset: where in the record.
        problem: what is wrong, for people.
        code: the negative response code of RFC 2355 that says so to the host.
    """

    def __init__(self, offset: int, problem: str, code: int = OPERATION_CHECK) -> None:
        super().__init__(problem)
        self.offset, self.problem, self.code = offset, problem, code

    def as_host_error(self, stream: str) -> HostDataError:
        """The coded error people meet."""
        return HostDataError(stream=stream, problem=self.problem, offset=self.offset)
