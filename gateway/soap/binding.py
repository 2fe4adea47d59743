"""SOAP binding of one service: what its headers, its operations and its message schemas are.

A request is judged completely (envelope, headers, structure, values) before anything is performed,
and every error found on the way is reported.
"""

from collections.abc import Mapping
from typing import Final, NoReturn

from lxml import etree
from msgspec import Struct
from msgspec.structs import replace

from gateway.call import Invocation, Result
from gateway.problems import Problems, short, unknown_operation
from gateway.security.username_token import SECURITY, Token, token_of
from gateway.soap.addressing import KNOWN, Addressing, addressing_of, with_heading
from gateway.soap.canonical import Block, blocks_of, canonical, text_blocks
from gateway.soap.codec.compiled import compiled_codecs, readers_of, statement_codecs, supports
from gateway.soap.codec.fast_reader import FastReader
from gateway.soap.codec.protocol import Codec, Message, Streamed
from gateway.soap.codec.spyne_codec import spyne_codecs
from gateway.soap.documents import Documents
from gateway.soap.envelope import Envelope, check_understood
from gateway.soap.validation import dates_of, schema_errors
from verdigris.errors import BadRequest
from verdigris.metadata import Column
from wsdl import SOAP11, SOAP12, Contract, Operation, envelope_schema
from wsdl.contract import OWN, STATEMENTS


class Headers(Struct, frozen=True):
    """The header blocks of a request that are understood here.

    Attributes:
        addressing: WS-Addressing.
        token: the UsernameToken of WS-Security.
        environment: the environment block, where it came as a header.
    """

    addressing: Addressing = Addressing()
    token: Token | None = None
    environment: etree._Element | None = None

    def in_session(self, invocation: Invocation) -> Invocation:
        """The invocation in the session of WS-Addressing, unless its environment names another."""
        session = self.addressing.session
        if not session or invocation.environment.session:
            return invocation
        return replace(invocation, environment=replace(invocation.environment, session=session))


NO_HEADERS: Final = Headers()


class SoapOperation(Struct, frozen=True):
    """One operation, prepared.

    Attributes:
        name: in the contract.
        operation: the procedure; None for an operation that every service has.
        blocks: what it takes, in order.
        codec: reads and writes its messages.
        fast_reader: reads messages that are canonical as they come; None if there is none.
        action: the Action of its response, for WS-Addressing.
        dates: (block, element) -> column of the dates it takes.
    """

    name: str
    operation: Operation | None
    blocks: Mapping[str, Block]
    codec: Codec
    fast_reader: FastReader | None
    action: str
    dates: Mapping[tuple[str, str], Column]


class SoapBinding:
    """SOAP binding of one service.

    Args:
        contract: of the service.
        codecs: by operation.
        fast: let a fast reader try each message before it is brought into canonical form.

    Attributes:
        documents: the WSDLs and the schema of the service.
    """

    def __init__(self, contract: Contract, codecs: Mapping[str, Codec], *, fast: bool) -> None:
        self.documents = Documents(contract)
        self._contract = contract
        self._codecs = codecs
        self._fast = fast
        self._environment = f"{{{contract.namespace}}}environment"
        self._understood = KNOWN | {
            self._environment,
            f"{{{contract.namespace}}}SessionID",
            SECURITY,
        }
        self._schemas: dict[str, etree.XMLSchema] = {
            version.name: envelope_schema(contract, version) for version in (SOAP11, SOAP12)
        }
        prepared = {o.name: self._prepared(o.name, o) for o in contract.operations}
        # Several spellings of a procedure's name are accepted; each leads to the same operation.
        called = {name: prepared[operation.name] for name, operation in contract.called().items()}
        called |= {name: self._prepared(name, None) for name in (*OWN, *STATEMENTS)}
        self._operations = {
            f"{{{contract.namespace}}}{name}": found for name, found in called.items()
        }

    def __repr__(self) -> str:
        return f"<SoapBinding of {self._contract!r}>"

    def _prepared(self, name: str, operation: Operation | None) -> SoapOperation:
        contract = self._contract
        is_statement = name in STATEMENTS
        blocks = text_blocks(contract, name) if is_statement else blocks_of(contract, operation)
        reader = None
        if self._fast and not is_statement:
            tag = f"{{{contract.namespace}}}{name}"
            readers = readers_of(contract, operation)
            reader = FastReader(tag, contract.namespace, blocks, readers)
        action = f"{contract.namespace}:{name}Response"
        codec, dates = self._codecs[name], dates_of(operation)
        return SoapOperation(name, operation, blocks, codec, reader, action, dates)

    def headers(self, envelope: Envelope, now: float) -> Headers:
        """The header blocks of a request.

        Args:
            envelope: the request.
            now: seconds since 1970, for the age of a WS-Security timestamp.

        Raises:
            Problems: a block must be understood and is not, or comes twice.
            VerdigrisError: a block cannot be read.
        """
        blocks = envelope.headers
        if not blocks:
            return NO_HEADERS
        check_understood(envelope, self._understood)
        addressing = addressing_of(blocks, self._contract.namespace)
        token = token_of(blocks, envelope.version.tag("mustUnderstand"), now)
        environments = [block for block in blocks if block.tag == self._environment]
        if len(environments) > 1:
            raise Problems.of(BadRequest(problem="the environment header comes twice"))
        return Headers(addressing, token, environments[0] if environments else None)

    def operation(self, envelope: Envelope) -> SoapOperation:
        """The operation that a request calls.

        Raises:
            Problems: there is no such operation.
        """
        return self._operations.get(str(envelope.child.tag)) or self._refuse(envelope.child)

    def judge(self, envelope: Envelope, headers: Headers, operation: SoapOperation) -> Message:
        """The message in canonical form, judged by the schema.

        Raises:
            Problems: everything wrong with it.
        """
        texts = None
        # An environment header has to be merged with the body's, which the fast reader cannot do.
        if operation.fast_reader is not None and headers.environment is None:
            texts = operation.fast_reader.texts(envelope.child)
        if texts is None:
            canonical(
                envelope.child,
                operation.name,
                self._contract.namespace,
                operation.blocks,
                headers.environment,
            )
        if len(envelope.root) > 1:
            # It has been read; elements of ours inside foreign blocks would be judged one by one,
            # and libxml2 counts siblings for the path of each error.
            envelope.root.remove(envelope.root[0])
        schema = self._schemas[envelope.version.name]
        if errors := schema_errors(schema, envelope.root, operation.operation, operation.dates):
            raise Problems(errors)
        return Message(envelope.version, envelope.root, texts)

    def addressed(
        self, message: bytes | Streamed, headers: Headers, operation: SoapOperation, result: Result
    ) -> bytes | Streamed:
        """The response with the headers of WS-Addressing, if the request has any."""
        if not headers.addressing.used:
            return message
        made = result if operation.name == "wsResourceCreate" and isinstance(result, str) else ""
        heading = headers.addressing.heading(operation.action, self._contract.namespace, made)
        if isinstance(message, Streamed):
            return replace(message, first=with_heading(message.first, heading))
        return with_heading(message, heading)

    def _refuse(self, child: etree._Element) -> NoReturn:
        """Say why no operation has this name."""
        tag = etree.QName(child)
        namespace, expected = tag.namespace or "", self._contract.namespace
        if namespace != expected:
            raise Problems.of(
                BadRequest(
                    problem=f"operation {short(tag.localname)} is in namespace {short(namespace) or '(none)'}; "
                    f"service {self._contract.name} has {expected}"
                )
            )
        known = [operation.name for operation in self._operations.values()]
        raise Problems.of(unknown_operation(self._contract, short(tag.localname), known))


def binding_of(contract: Contract, path: str) -> SoapBinding:
    """The binding of a contract; building it takes a thread's time, not the reactor's.

    Args:
        contract: of the service.
        path: setting `requestPath`: "compiled" or "spyne". A contract with column types that the
            compiled codec does not know is served by spyne.
    """
    if path == "compiled" and supports(contract):
        return SoapBinding(contract, compiled_codecs(contract), fast=True)
    codecs: dict[str, Codec] = {**spyne_codecs(contract), **statement_codecs(contract)}
    return SoapBinding(contract, codecs, fast=False)
