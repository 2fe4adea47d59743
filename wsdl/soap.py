"""The two SOAP versions, as data.

Everything that differs between SOAP 1.1 and 1.2 in a contract or a message is here.
"""

from dataclasses import dataclass
from typing import Final


XSD: Final = "http://www.w3.org/2001/XMLSchema"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
WSDL: Final = "http://schemas.xmlsoap.org/wsdl/"
HTTP_TRANSPORT: Final = "http://schemas.xmlsoap.org/soap/http"
"""The transport of a binding, for both versions (WSDL 1.1 section 3.3, WSDL11SOAP12 section 3)."""


@dataclass(frozen=True, slots=True)
class SoapVersion:
    """One version of SOAP.

    Attributes:
        name: "1.1" or "1.2".
        envelope: namespace of Envelope, Header, Body and Fault.
        binding: namespace of the WSDL extension elements.
        prefix: the prefix of the binding namespace in our documents.
        port: the suffix of port and binding names, in .NET's spelling.
        content_type: the content type of messages.
        client, server: fault codes (1.1 section 4.4.1, 1.2 part 1 section 5.4.6).
        role: the attribute that addresses a header (1.1 section 4.2.2, 1.2 part 1 section 5.2.2).
        ours: the values of that attribute that address this node; "" is its absence.
    """

    name: str
    envelope: str
    binding: str
    prefix: str
    port: str
    content_type: str
    client: str
    server: str
    role: str
    ours: frozenset[str]

    def tag(self, local: str) -> str:
        """The qualified name of an envelope element or attribute."""
        return f"{{{self.envelope}}}{local}"


SOAP11: Final = SoapVersion(
    name="1.1",
    envelope="http://schemas.xmlsoap.org/soap/envelope/",
    binding="http://schemas.xmlsoap.org/wsdl/soap/",
    prefix="soap",
    port="Soap",
    content_type="text/xml; charset=utf-8",
    client="Client",
    server="Server",
    role="actor",
    ours=frozenset({"", "http://schemas.xmlsoap.org/soap/actor/next"}),
)

SOAP12: Final = SoapVersion(
    name="1.2",
    envelope="http://www.w3.org/2003/05/soap-envelope",
    binding="http://schemas.xmlsoap.org/wsdl/soap12/",
    prefix="soap12",
    port="Soap12",
    content_type="application/soap+xml; charset=utf-8",
    client="Sender",
    server="Receiver",
    role="role",
    ours=frozenset(
        {
            "",
            "http://www.w3.org/2003/05/soap-envelope/role/next",
            "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver",
        }
    ),
)

VERSIONS: Final = (SOAP11, SOAP12)
