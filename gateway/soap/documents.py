"""A contract's documents, made once and given with each client's address in them.

Law: making a WSDL of 200 operations takes 170 ms, so it is never done for a request; only the
address, which depends on the Host header, is put in.
"""

from collections.abc import Sequence
from typing import Final

from wsdl import SOAP11, SOAP12, Contract, SoapVersion, document, schema_document


_PLACE: Final = "http://address.invalid/of-this-service"


class Documents:
    """WSDLs and the schema of one contract."""

    def __init__(self, contract: Contract) -> None:
        self.xsd = schema_document(contract)
        self._templates: dict[tuple[SoapVersion, ...], bytes] = {
            versions: document(contract, _PLACE, versions)
            for versions in ((SOAP11, SOAP12), (SOAP11,), (SOAP12,))
        }

    def wsdl(self, address: str, versions: Sequence[SoapVersion] = (SOAP11, SOAP12)) -> bytes:
        """The WSDL with this address."""
        safe = address.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
        return self._templates[tuple(versions)].replace(_PLACE.encode(), safe.encode())
