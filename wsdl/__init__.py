"""Contracts of services: from a model's metadata to WSDL 1.1, its schema, OpenAPI 3.1 and tools.

Law (tests/wsdl/test_document.py, test_contract.py): the package is pure. The same metadata gives
the same bytes, whatever the process, platform or hash seed. A procedure that cannot be published is
refused by name, with the reason; the others are published.
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
from wsdl.fit import fits, fits_text
from wsdl.metadata_json import metadata_json
from wsdl.namespaces import NamespaceForm, default_namespace
from wsdl.openapi import openapi
from wsdl.schema import schema_document
from wsdl.soap import SOAP11, SOAP12, SoapVersion
from wsdl.tools import Tool, left_out, tools, tools_json
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
    "Tool",
    "contract_of",
    "default_namespace",
    "document",
    "envelope_schema",
    "expected",
    "fits",
    "fits_text",
    "left_out",
    "lexical",
    "metadata_json",
    "openapi",
    "schema_document",
    "tools",
    "tools_json",
    "value_of",
]
