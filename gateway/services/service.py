"""Service: one deployed model or pool, as clients of every protocol call it."""

from typing import Final, Literal

from msgspec.structs import replace

from gateway.call import Call, Caller, Client, Invocation, Result, SessionResults
from gateway.environment import chosen_domain
from gateway.soap.binding import SoapBinding
from gateway.sql import Finish, planned
from verdigris.errors import BadRequest, DomainNotChosen, SessionGone, VerdigrisError
from verdigris.values import Credentials, SessionId
from verdigris.wire import Kind, Rows
from verdigris.wire.session_calls import AnyCall, acts
from wsdl import Contract
from wsdl.contract import STATEMENTS


ACTIONS: Final[dict[str, Literal["variables", "create", "destroy"]]] = {
    "getModelVariables": "variables",
    "wsResourceCreate": "create",
    "wsResourceDestroy": "destroy",
}
"""Operations that perform no procedure, and the action of their calls."""


class Service:
    """One model or pool that is served.

    Args:
        kind: "model" or "pool".
        contract: what it offers.
        soap: its SOAP binding.
        caller: carries out its calls.
    """

    def __init__(self, kind: Kind, contract: Contract, soap: SoapBinding, caller: Caller) -> None:
        self.kind = kind
        self.contract = contract
        self.soap = soap
        self._caller = caller
        self._operations = {operation.name: operation for operation in contract.operations}
        self._templates = _templates(kind, contract)

    def __repr__(self) -> str:
        return f"<Service {self.kind} {self.contract.name!r} {self.contract.namespace}>"

    async def call(self, invocation: Invocation, identity: Credentials, client: Client) -> Result:
        """Carry out a decoded operation, whatever protocol it came by.

        Args:
            invocation: the operation and its values.
            identity: who calls, as `Authentication.identify` says.
            client: the sender of the request.

        Raises:
            VerdigrisError: what went wrong; its effect says what the host may have done.
        """
        call = self.call_of(invocation, identity, client)
        finish: Finish | None = None
        if invocation.operation in STATEMENTS:
            call, finish = planned(self.contract, invocation, call)
        writes = call.action == "perform" and not call.repeatable
        try:
            result = await self._caller.call(call)
        except VerdigrisError as error:
            raise error.settle(writes=writes)  # noqa: B904 - it is the same error
        if isinstance(result, Rows):
            client.ran_on(result.server)
        return result if finish is None else finish(result)

    async def call_session(
        self,
        invocation: Invocation,
        wanted: tuple[AnyCall, ...],
        identity: Credentials,
        client: Client,
    ) -> SessionResults:
        """Perform session calls, in the session that the invocation names or in one of their own.

        Args:
            invocation: environment and model variables; its operation is "getModelVariables".
            wanted: the calls.
            identity: who calls.
            client: the sender of the request.

        Raises:
            VerdigrisError: of the call that failed; its details hold the results before it.
        """
        call = self.call_of(invocation, identity, client)
        try:
            result = await self._caller.call(replace(call, action="calls", calls=wanted))
        except VerdigrisError as error:
            raise error.settle(writes=acts(wanted))  # noqa: B904 - it is the same error
        assert isinstance(result, SessionResults)  # noqa: S101 - a caller's answer to this action
        return result

    def writes(self, invocation: Invocation) -> bool:
        """Whether an operation may change something at the host, as far as its name says."""
        operation = self._operations.get(invocation.operation)
        if operation is None:
            return invocation.operation in STATEMENTS
        return not operation.read_only

    def call_of(self, invocation: Invocation, identity: Credentials, client: Client) -> Call:
        """The call that an operation stands for; its arguments are those of `call`.

        Raises:
            BadRequest: a session where none is taken, or none where one is needed.
            DomainNotChosen: neither the request nor the settings name one of several domains.
            SessionGone: the session id is not one of ours.
        """
        environment, config = invocation.environment, client.config
        _check_session(invocation.operation, environment.session)
        domain = chosen_domain(environment, config.domain_name)
        if config.domains and environment.domain is None and not environment.session:
            raise DomainNotChosen(domains=", ".join(config.domains))
        rows = environment.max_rows
        return replace(
            self._templates[invocation.operation],
            request_id=client.request_id,
            domain=domain,
            session=environment.session,
            filters=invocation.filters,
            data=invocation.data,
            variables=invocation.variables,
            max_rows=config.max_rows if rows is None else rows,
            credentials=identity,
            connection_timeout=min(
                environment.connection_timeout or config.connection_timeout,
                config.connection_timeout_maximum,
            ),
            method_timeout=min(
                environment.method_timeout or config.method_timeout / 1000,
                config.method_timeout_maximum / 1000,
            ),
            minutes=config.session_minutes,
            location=client.location,
        )


def _templates(kind: Kind, contract: Contract) -> dict[str, Call]:
    """What is the same in every call of an operation: a call without a request."""
    found = {
        operation.name: Call(
            action="perform",
            kind=kind,
            name=contract.name,
            request_id="",
            table=operation.table,
            procedure=operation.procedure,
            columns=tuple(column.name for column in operation.outputs),
            repeatable=operation.read_only,
        )
        for operation in contract.operations
    }
    found |= {name: Call("perform", kind, contract.name, request_id="") for name in STATEMENTS}
    for name, action in ACTIONS.items():
        found[name] = Call(action, kind, contract.name, request_id="")
    return found


def _check_session(operation: str, session: str) -> None:
    if operation == "wsResourceDestroy" and not session:
        raise BadRequest(problem="wsResourceDestroy needs a SessionID in its environment")
    if operation == "wsResourceCreate" and session:
        raise BadRequest(problem="wsResourceCreate does not accept a SessionID: it makes one")
    if session:
        try:
            SessionId.parse(session)
        except ValueError:
            raise SessionGone(session="(not a session id)", server="any server") from None
