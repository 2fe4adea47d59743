"""What a session does with its host by itself: connecting, and returning to its startup entity.

Each job ends with its outcome; `sesssrvr.sessions.session_manager` reports it to the pool.
"""

from dataclasses import dataclass
from typing import Protocol

from twisted.internet.defer import CancelledError
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from twisted.logger import Logger

from sesssrvr.deployment.program import SessionVariables
from sesssrvr.hosts.connection import TerminalFactory
from sesssrvr.hosts.host_session import HostSession
from sesssrvr.model import HostSettings
from sesssrvr.pool import Event, HostLost, Returned, ReturnFailed
from sesssrvr.sessions.live_session import LiveSession
from sesssrvr.sessions.sign_on_guard import AccountRefused, SignOnGuard, is_refusal
from verdigris.errors import HostConnectionLost, InternalError, VerdigrisError


log = Logger()


class Hosts(Protocol):
    """How hosts are reached: knows endpoints, TLS and kinds of terminals."""

    def endpoint(self, host: HostSettings, seconds: float, *, tls: bool) -> IStreamClientEndpoint:
        """The endpoint of a host."""

    def terminal(self, host: HostSettings) -> TerminalFactory:
        """The factory of the terminal that the model is made for."""


@dataclass(frozen=True, slots=True)
class HostAddress:
    """The host of one session, and how it is reached."""

    hosts: Hosts
    settings: HostSettings
    tls: bool

    def __str__(self) -> str:
        return f"{self.settings.host}:{self.settings.port}"


async def connect(
    session: LiveSession,
    host: HostSession,
    variables: SessionVariables,
    address: HostAddress,
    seconds: float,
    guard: SignOnGuard,
) -> None:
    """Connect a host session, sign on, and bring it to the startup entity.

    Raises:
        AccountRefused: the host refuses the password, or has refused it a short while ago.
        VerdigrisError: the host session is of no use.
    """
    account, started = session.pool.program.account(variables), guard.clock.seconds()
    if account is None:
        await _connect(session, host, variables, address, seconds, guard.clock)
        return
    await guard.begin(str(address), account, seconds)
    left = max(0.0, seconds - (guard.clock.seconds() - started))
    try:
        await _connect(session, host, variables, address, left, guard.clock)
    except VerdigrisError as problem:
        refusal = problem if is_refusal(problem) else None
        wait = guard.ended(str(address), account, refusal)
        if refusal is not None:
            raise AccountRefused(problem, wait, tried=True) from None
        raise
    except BaseException:
        guard.ended(str(address), account, None)
        raise
    guard.succeeded(str(address), account)


async def _connect(
    session: LiveSession,
    host: HostSession,
    variables: SessionVariables,
    address: HostAddress,
    seconds: float,
    clock: IReactorTime,
) -> None:
    program, startup = session.pool.program, session.pool.startup
    hosts, settings, started = address.hosts, address.settings, clock.seconds()
    try:
        endpoint = hosts.endpoint(settings, seconds, tls=address.tls)
        terminal = hosts.terminal(settings)
        await host.connect(endpoint, terminal, seconds)
        left = seconds - (clock.seconds() - started)
        await host.run(
            lambda screen: program.start(screen, variables, startup), left, own_error=True
        )
    except (VerdigrisError, CancelledError):
        raise
    except Exception as problem:  # noqa: BLE001 - a model's bug fails its sessions, not the server
        log.failure("session {number} failed while connecting", number=session.number)
        raise InternalError(what=type(problem).__name__) from None
    host.trust()


async def return_to_startup(session: LiveSession, host: HostSession, seconds: float) -> Event:
    """Bring a session that a client has left back to its startup entity.

    Returns:
        What it came to: `Returned`, `ReturnFailed` or `HostLost`.
    """
    program, startup = session.pool.program, session.pool.startup
    variables = program.resolve({}, session.pool_variables)
    try:
        await host.run(lambda screen: program.go_to(screen, variables, startup), seconds)
        host.check()  # the screen looks right; what came before it may have been unreadable
    except CancelledError:
        raise
    except HostConnectionLost as problem:
        return HostLost(session.number, str(problem))
    except VerdigrisError as problem:
        return ReturnFailed(session.number, str(problem))
    except Exception as problem:  # noqa: BLE001 - a model's bug quarantines its session
        log.failure(
            "session {number} failed while returning to its startup entity", number=session.number
        )
        return ReturnFailed(session.number, str(InternalError(what=type(problem).__name__)))
    return Returned(session.number)
