"""Metadata of a deployed model -> contract -> WSDL 1.1, schema, and the schema of whole envelopes.

Law: pure. The same metadata gives the same bytes, whatever the process, platform or hash seed. A
procedure that cannot be published is refused by name with the reason; the others go on.
"""

from wsdl.contract import (
    BLOCKS,
    ENVIRONMENT,
    Contract,
    Member,
    Operation,
    Refusal,
    contract_of,
)
from wsdl.document import document
from wsdl.envelope import envelope_schema
from wsdl.namespaces import NamespaceForm, default_namespace
from wsdl.schema import schema_document
from wsdl.soap import SOAP11, SOAP12, SoapVersion
from wsdl.values import expected, lexical, value_of


__all__ = [
    "BLOCKS",
    "ENVIRONMENT",
    "SOAP11",
    "SOAP12",
    "Contract",
    "Member",
    "NamespaceForm",
    "Operation",
    "Refusal",
    "SoapVersion",
    "contract_of",
    "default_namespace",
    "document",
    "envelope_schema",
    "expected",
    "lexical",
    "schema_document",
    "value_of",
]
