"""WSDL documents of a service, made once and served with the address each client knows it by.

Making the WSDL of 200 operations takes 170 ms, so it is never done for a request; only the address,
which depends on the Host header, is put in.
"""

from collections.abc import Sequence

from gateway.http.address import PLACEHOLDER, addressed
from wsdl import SOAP11, SOAP12, Contract, SoapVersion, document, schema_document


class Documents:
    """WSDLs and schema of one contract.

    Attributes:
        xsd: the schema.
    """

    def __init__(self, contract: Contract) -> None:
        self.xsd = schema_document(contract)
        self._templates: dict[tuple[SoapVersion, ...], bytes] = {
            versions: document(contract, PLACEHOLDER, versions)
            for versions in ((SOAP11, SOAP12), (SOAP11,), (SOAP12,))
        }

    def wsdl(self, address: str, versions: Sequence[SoapVersion] = (SOAP11, SOAP12)) -> bytes:
        """The WSDL for these SOAP versions with this address."""
        safe = address.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
        return addressed(self._templates[tuple(versions)], safe.encode())
