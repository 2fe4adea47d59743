"""The WSDL 1.1 of a contract.

Law: document/literal wrapped (WS-I Basic Profile 1.1): one part named `parameters`, wrapper named
like the operation; a SOAP 1.1 and a SOAP 1.2 binding over one portType; only namespaces that are
used; the same bytes for the same contract and address (tests/wsdl/test_document.py). Each rule
prevents a failure seen with a real client; the SOAP 1.2 binding has no wsdl:fault because Axis 1.4
refuses the document otherwise.
"""

from collections.abc import Sequence

from lxml import etree

from wsdl.contract import OWN, STATEMENTS, Contract
from wsdl.names import as_ncname, xml_text
from wsdl.schema import TNS, schema_element
from wsdl.soap import HTTP_TRANSPORT, SOAP11, VERSIONS, WSDL, SoapVersion


def document(contract: Contract, address: str, versions: Sequence[SoapVersion] = VERSIONS) -> bytes:
    """The bytes of the WSDL document.

    Args:
        contract: the service.
        address: the URL of its endpoint.
        versions: the bindings to include; some tools accept 1.1 alone.
    """
    return _WsdlWriter(contract, address, tuple(versions)).bytes()


def wsdl(local: str) -> str:
    """A qualified name of WSDL 1.1."""
    return f"{{{WSDL}}}{local}"


class _WsdlWriter:
    """The writer of one WSDL document, in the order types, message, portType, binding, service."""

    def __init__(self, contract: Contract, address: str, versions: tuple[SoapVersion, ...]) -> None:
        self.contract = contract
        self.address = address
        self.versions = versions
        self.name = as_ncname(contract.name)
        self.operations = [
            *((operation.name, operation.description) for operation in contract.operations),
            *((name, "") for name in (*OWN, *STATEMENTS)),
        ]
        prefixes = {version.prefix: version.binding for version in versions}
        self.root = etree.Element(
            wsdl("definitions"),
            nsmap={"wsdl": WSDL, TNS: contract.namespace, **prefixes},
            name=self.name,
            targetNamespace=contract.namespace,
        )

    def bytes(self) -> bytes:
        """The whole document."""
        self._document(self.root, self.contract.description)
        types = etree.SubElement(self.root, wsdl("types"))
        types.append(schema_element(self.contract))
        self._messages()
        self._port_type()
        for version in self.versions:
            self._binding(version)
        self._service()
        etree.indent(self.root)
        return etree.tostring(self.root, xml_declaration=True, encoding="utf-8") + b"\n"

    def _document(self, parent: etree._Element, text: str) -> None:
        if text.strip():
            etree.SubElement(parent, wsdl("documentation")).text = xml_text(text.strip())

    def _messages(self) -> None:
        for name, _ in self.operations:
            self._message(name, "parameters")
            self._message(f"{name}Response", "parameters")
        self._message("environment", "environment")
        self._message("errorDetail", "errorDetail")

    def _message(self, name: str, part: str) -> None:
        message = etree.SubElement(self.root, wsdl("message"), name=name)
        etree.SubElement(message, wsdl("part"), name=part, element=f"{TNS}:{name}")

    def _port_type(self) -> None:
        port_type = etree.SubElement(self.root, wsdl("portType"), name=f"{self.name}PortType")
        for name, text in self.operations:
            operation = etree.SubElement(port_type, wsdl("operation"), name=name)
            self._document(operation, text)
            etree.SubElement(operation, wsdl("input"), message=f"{TNS}:{name}")
            etree.SubElement(operation, wsdl("output"), message=f"{TNS}:{name}Response")
            etree.SubElement(
                operation, wsdl("fault"), name="errorDetail", message=f"{TNS}:errorDetail"
            )

    def _binding(self, version: SoapVersion) -> None:
        binding = etree.SubElement(
            self.root,
            wsdl("binding"),
            name=f"{self.name}{version.port}",
            type=f"{TNS}:{self.name}PortType",
        )
        etree.SubElement(
            binding, f"{{{version.binding}}}binding", style="document", transport=HTTP_TRANSPORT
        )
        for name, _ in self.operations:
            operation = etree.SubElement(binding, wsdl("operation"), name=name)
            etree.SubElement(
                operation,
                f"{{{version.binding}}}operation",
                soapAction=f"{self.contract.namespace}:{name}",
                style="document",
            )
            taken = etree.SubElement(operation, wsdl("input"))
            # In the order of a message: xsdata's clients send the parts in the order they are listed.
            etree.SubElement(
                taken,
                f"{{{version.binding}}}header",
                message=f"{TNS}:environment",
                part="environment",
                use="literal",
            )
            etree.SubElement(taken, f"{{{version.binding}}}body", use="literal")
            given = etree.SubElement(operation, wsdl("output"))
            etree.SubElement(given, f"{{{version.binding}}}body", use="literal")
            if version is SOAP11:
                fault = etree.SubElement(operation, wsdl("fault"), name="errorDetail")
                etree.SubElement(
                    fault, f"{{{version.binding}}}fault", name="errorDetail", use="literal"
                )

    def _service(self) -> None:
        service = etree.SubElement(self.root, wsdl("service"), name=self.name)
        for version in self.versions:
            name = f"{self.name}{version.port}"
            port = etree.SubElement(service, wsdl("port"), name=name, binding=f"{TNS}:{name}")
            etree.SubElement(port, f"{{{version.binding}}}address", location=self.address)
