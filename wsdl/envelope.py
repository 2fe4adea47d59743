"""The schema of whole SOAP messages, which the gateway validates before it decodes anything.

Law (tests/wsdl/test_envelope.py): a valid message is an Envelope of one SOAP version with at most
32 headers and exactly one Body child, which is valid by the contract's types. The schema is compiled
once for each service and version, and reads nothing but memory.
"""

from typing import Any, Final

from lxml import etree

from verdigris.config.xmlfile import parser
from wsdl.contract import Contract
from wsdl.schema import schema_element
from wsdl.soap import SoapVersion


MAX_HEADERS: Final = 32
"""Header blocks of one message: WS-Security, WS-Addressing and ours make 8 in the busiest client."""

_TYPES: Final = "verdigris:types"

_ENVELOPE: Final = """\
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:e="{envelope}"
    targetNamespace="{envelope}" elementFormDefault="qualified">
  <xs:import namespace="{tns}" schemaLocation="{types}"/>
  <xs:element name="Envelope"><xs:complexType>
    <xs:sequence>
      <xs:element name="Header" minOccurs="0"><xs:complexType>
        <xs:sequence>
          <xs:any namespace="##other" processContents="lax" minOccurs="0" maxOccurs="{headers}"/>
        </xs:sequence>
        <xs:anyAttribute namespace="##any" processContents="lax"/>
      </xs:complexType></xs:element>
      <xs:element name="Body"><xs:complexType>
        <xs:sequence><xs:any namespace="##other" processContents="strict"/></xs:sequence>
        <xs:anyAttribute namespace="##any" processContents="lax"/>
      </xs:complexType></xs:element>
    </xs:sequence>
    <xs:anyAttribute namespace="##any" processContents="lax"/>
  </xs:complexType></xs:element>
</xs:schema>
"""


class _FromMemory(etree.Resolver):
    """The resolver that gives the compiler the one document it may read, and an empty one otherwise."""

    def __init__(self, types: bytes) -> None:
        super().__init__()
        self._types = types

    def resolve(self, system_url: Any, public_id: Any, context: Any) -> Any:  # noqa: ARG002 - lxml's signature
        """The types, if they are asked for; nothing for any other address."""
        return self.resolve_string(self._types if system_url == _TYPES else b"", context)


def envelope_schema(contract: Contract, version: SoapVersion) -> etree.XMLSchema:
    """The compiled schema of one service's messages in one SOAP version.

    Foreign attributes are `##any` and not `##other`: `encodingStyle` on a SOAP 1.1 Envelope is in
    the schema's own target namespace.
    """
    types = etree.tostring(schema_element(contract, internal=True))
    reader = parser()
    reader.resolvers.add(_FromMemory(types))
    root = etree.fromstring(
        _ENVELOPE.format(
            envelope=version.envelope,
            tns=_escaped(contract.namespace),
            types=_TYPES,
            headers=MAX_HEADERS,
        ),
        reader,
    )
    return etree.XMLSchema(root)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
