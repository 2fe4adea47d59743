"""Header fields with parameters, and which of two statements of an encoding counts."""

import pytest


def named(text):
    return f"<Name>{text}</Name>"


@pytest.mark.parametrize(
    "declared",
    ["", "<?xml version='1.0'?>", "<?xml version='1.0' encoding='utf-8'?>", "<?xml version='1.0' encoding='ISO-8859-1'?>", "<?xml version='1.0' encoding='utf-16'?>", '<?xml version="1.0" encoding="windows-1252" standalone="yes"?>'],
)  # fmt: skip
@pytest.mark.parametrize(
    ("codec", "charset"),
    [("utf-8", "utf-8"), ("utf-8", "UTF-8"), ("utf-8", "utf8"), ("latin-1", "iso-8859-1"), ("cp1252", "windows-1252"), ("utf-16-le", "utf-16le"), ("utf-16-be", "utf-16")],
)  # fmt: skip
@pytest.mark.parametrize("media", ["text/xml", "application/soap+xml"])
def test_the_charset_of_the_header_counts_before_the_declaration(
    start, declared, codec, charset, media
):
    """membrane/api-gateway#3141, #3234, #3273, javaee/metro-jax-ws#978, ebics-api/ebics-client-php#161.

    RFC 7303, 3.2 and 3.3; RFC 3902 takes the rule over for application/soap+xml. A writer of strings
    declares what it does not send, and a gateway on the way recodes without editing the document.
    """
    desk = start()
    version = "1.1" if media == "text/xml" else "1.2"
    message = declared + _message(named("J\u00fcrgen"), version)

    found = desk.post(message.encode(codec), Content_Type=f"{media}; charset={charset}")

    assert found.status == 200, found.text
    assert desk.filters == {"Name": "J\u00fcrgen"}


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "utf-16", ""])
@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_counts_before_both(start, charset, codec):
    desk = start()
    message = "<?xml version='1.0' encoding='ISO-8859-1'?>" + _message(
        named("J\u00fcrgen \u20ac"), "1.1"
    )
    kind = f"text/xml; charset={charset}" if charset else "text/xml"

    assert desk.post(message.encode(codec), Content_Type=kind).status == 200
    assert desk.filters == {"Name": "J\u00fcrgen \u20ac"}


def test_without_a_charset_the_declaration_counts(start):
    desk = start()
    message = "<?xml version='1.0' encoding='ISO-8859-15'?>" + _message(named("5 \u20ac"), "1.1")

    assert desk.post(message.encode("iso-8859-15"), Content_Type="text/xml").status == 200
    assert desk.filters == {"Name": "5 \u20ac"}


def test_no_declaration_hides_a_doctype(start):
    desk = start()
    for codec, charset in (("utf-8", "utf-8"), ("utf-16-le", "utf-16le"), ("utf-8-sig", "")):
        message = '<!DOCTYPE e [<!ENTITY x "y">]>' + _message(named("a"), "1.1")
        found = desk.post(message.encode(codec), Content_Type=f"text/xml; charset={charset}")
        assert (found.status, desk.calls) == (500, [])


@pytest.mark.parametrize(
    "kind",
    ['application/soap+xml; action="urn:a"; charset=utf-8', 'application/soap+xml; action="urn:a;charset=utf-16"; charset=utf-8', 'application/soap+xml; action="urn:a\\";charset=utf-16"', "application/soap+xml;charset='utf-8';"],
)  # fmt: skip
def test_a_separator_in_quotes_separates_nothing(start, kind):
    """vpulim/node-soap#1075; RFC 9110, 5.6.4 and 5.6.6."""
    desk = start()

    assert desk.soap(named("J\u00fcrgen"), version="1.2", Content_Type=kind).status == 200
    assert desk.filters == {"Name": "J\u00fcrgen"}


def test_quoted_parameters_of_json_and_of_accept_are_one_value(start):
    desk = start()
    kind = 'application/json; profile="a;charset=utf-16"'

    assert desk.rest({"filters": {"Name": "x"}}, Content_Type=kind).status == 200
    for accept in ('text/csv;x="a, application/json;q=1";q=0.9, application/json;q=0.5', 'application/json;q=0.1, text/csv;x="\\",*/*;q=0"'):  # fmt: skip
        found = desk.rest({}, Accept=accept)
        assert found.headers["content-type"].startswith("text/csv"), accept


def _message(filters, version):
    space = {
        "1.1": "http://schemas.xmlsoap.org/soap/envelope/",
        "1.2": "http://www.w3.org/2003/05/soap-envelope",
    }
    return (
        f'<e:Envelope xmlns:e="{space[version]}"><e:Body><show xmlns="urn:xmlns:attachmate:vhi-ws:Field">'
        f"<showFilters>{filters}</showFilters></show></e:Body></e:Envelope>"
    )
