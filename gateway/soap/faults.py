"""SOAP faults of both versions, written by hand.

Whatever went wrong, the reply is a well-formed fault with the list of errors (id, text, advice) in
order, the request id and, where there is one, the allocation trail or the masked screen. No fault
holds a traceback or a value of the request.
"""

from collections.abc import Sequence
from typing import Final

from lxml import etree

from gateway.http.responses import Reply, error_headers
from gateway.problems import Problems, left_of, trail_of
from verdigris.errors import NotUnderstood, VerdigrisError
from wsdl import SOAP11, SOAP12, Contract, SoapVersion
from wsdl.names import xml_text
from wsdl.schema import ATTEMPT


WSSE: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
FALLBACK_NAMESPACE: Final = "urn:verdigris:gateway"
"""Namespace of the detail when the URL names no service."""


def fault_reply(
    problems: Problems, version: SoapVersion, request_id: str, contract: Contract | None = None
) -> Reply:
    """The reply that holds the fault.

    Args:
        problems: what went wrong.
        version: of SOAP.
        request_id: of the request.
        contract: of the service; None if the URL names none that is served.
    """
    body = fault(
        problems,
        version,
        request_id,
        contract.namespace if contract else "",
        qualified=contract.qualified_replies if contract else False,
    )
    status, headers = status_of(problems, version), error_headers(problems.errors[0])
    return Reply(status, version.content_type, body, problems, headers)


def status_of(problems: Problems, version: SoapVersion) -> int:
    """The HTTP status (WS-I BP 1.1 R1126: 500; SOAP 1.2 part 2, table 20: 400 for a sender's fault).

    What is judged before SOAP (size, rate, wrapping, HTTP Basic) has a status of HTTP itself.
    """
    if problems.status or problems.errors[0].details.get("challenge"):
        return problems.status or problems.errors[0].http
    if version is SOAP12 and not problems.code and problems.errors[0].blame == "client":
        return 400
    return 500


def fault(
    problems: Problems,
    version: SoapVersion,
    request_id: str,
    namespace: str = "",
    *,
    qualified: bool = False,
) -> bytes:
    """The fault message.

    Args:
        problems: what went wrong, the first error first.
        version: of SOAP.
        request_id: of the request.
        namespace: of the service; the element of the detail is in it.
        qualified: whether the children of the detail are in it too (see `Contract`).
    """
    root = etree.Element(version.tag("Envelope"), nsmap={"soap": version.envelope})
    _headers(root, problems, version)
    body = etree.SubElement(root, version.tag("Body"))
    made = etree.SubElement(body, version.tag("Fault"))
    first = problems.errors[0]
    code = problems.code or (version.client if first.blame == "client" else version.server)
    detail = _code(made, version, code, str(first), str(first.details.get("wsse", "")))
    if version is SOAP11 and problems.code == "MustUnderstand":
        made.remove(detail)  # SOAP 1.1 section 4.4: no detail about what is wrong with headers
        return etree.tostring(root, xml_declaration=True, encoding="utf-8")
    writer = _Detail(namespace or FALLBACK_NAMESPACE, qualified=qualified)
    detail.append(writer.element(problems.errors, request_id))
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _code(
    made: etree._Element, version: SoapVersion, code: str, sentence: str, wsse: str
) -> etree._Element:
    """Write the code and the sentence; returns the element that takes the detail.

    Args:
        made: the fault.
        version: of SOAP.
        code: of SOAP.
        sentence: that says what went wrong.
        wsse: the code of WS-Security (WSS 1.1, section 12) where there is one; "" otherwise.
    """
    names = {"wsse": WSSE} if wsse else None
    if version is SOAP11:
        said = f"wsse:{wsse}" if wsse else f"soap:{code}"
        etree.SubElement(made, "faultcode", nsmap=names).text = said
        etree.SubElement(made, "faultstring").text = xml_text(sentence)
        return _sub(made, "detail")
    outer = etree.SubElement(made, version.tag("Code"))
    etree.SubElement(outer, version.tag("Value")).text = f"soap:{code}"
    if wsse:
        inner = etree.SubElement(outer, version.tag("Subcode"))
        etree.SubElement(inner, version.tag("Value"), nsmap=names).text = f"wsse:{wsse}"
    reason = etree.SubElement(made, version.tag("Reason"))
    text = etree.SubElement(reason, version.tag("Text"))
    text.set(XML_LANG, "en")
    text.text = xml_text(sentence)
    return _sub(made, version.tag("Detail"))


def _sub(parent: etree._Element, tag: str) -> etree._Element:
    made: etree._Element = etree.SubElement(parent, tag)
    return made


def _headers(root: etree._Element, problems: Problems, version: SoapVersion) -> None:
    """The header blocks SOAP 1.2 prescribes (part 1, sections 5.4.7 and 5.4.8)."""
    if problems.code == "VersionMismatch":
        header = etree.SubElement(root, version.tag("Header"))
        upgrade = etree.SubElement(header, SOAP12.tag("Upgrade"), nsmap={"env": SOAP12.envelope})
        for number, known in enumerate((SOAP12, SOAP11)):
            entry = etree.SubElement(
                upgrade, SOAP12.tag("SupportedEnvelope"), nsmap={f"v{number}": known.envelope}
            )
            entry.set("qname", f"v{number}:Envelope")
    elif problems.code == "MustUnderstand" and version is SOAP12:
        header = etree.SubElement(root, version.tag("Header"))
        for error in problems.errors:
            _not_understood(header, error)


def _not_understood(header: etree._Element, error: VerdigrisError) -> None:
    if not isinstance(error, NotUnderstood):
        return
    name = etree.QName(str(error.details.get("header", "header")))
    block = etree.SubElement(
        header, SOAP12.tag("NotUnderstood"), nsmap={"h": name.namespace} if name.namespace else {}
    )
    block.set("qname", f"h:{name.localname}" if name.namespace else name.localname)


class _Detail:
    """Writer of the errorDetail element."""

    def __init__(self, namespace: str, *, qualified: bool) -> None:
        self.namespace = namespace
        self.prefix = f"{{{namespace}}}" if qualified else ""

    def element(self, errors: Sequence[VerdigrisError], request_id: str) -> etree._Element:
        root = etree.Element(f"{{{self.namespace}}}errorDetail", nsmap={"d": self.namespace})
        self._text(root, "requestId", request_id)
        for error in errors:
            entry = self._child(root, "error")
            self._text(entry, "id", str(error.code))
            self._text(entry, "text", str(error))
            error.request_id = error.request_id or request_id
            self._text(entry, "advice", error.next_step)
        self._trail(root, errors[0])
        screen = errors[0].details.get("screen")
        if isinstance(screen, str) and screen:
            self._text(root, "screen", screen)
        return root

    def _child(self, parent: etree._Element, name: str) -> etree._Element:
        return _sub(parent, self.prefix + name)

    def _text(self, parent: etree._Element, name: str, text: str) -> None:
        self._child(parent, name).text = xml_text(text)

    def _trail(self, root: etree._Element, error: VerdigrisError) -> None:
        tries = trail_of(error.details.get("trail"))
        left = left_of(error.details.get("left"))
        if not tries and not left:
            return
        trail = self._child(root, "trail")
        for tried in tries:
            line = self._child(trail, "attempt")
            for name, _ in ATTEMPT:
                self._text(line, name, _shown(getattr(tried, name)))
        for member in left:
            self._text(
                trail,
                "notAsked",
                f"{member.server} (priority {member.priority}, weight {member.weight}): "
                f"{member.reason}",
            )


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(f"{server} {weight}" for server, weight in value)
    return f"{value:.3f}" if isinstance(value, float) else str(value)
