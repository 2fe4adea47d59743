"""Values that were refused, or read as others, although the request was clear."""

import datetime as dt

import pytest
from lxml import etree


ZONES = ("", "Z", "+00:00", "-00:00", "+01:00", "-01:00", "+05:30", "-05:00", "-08:00", "+09:00", "+12:45", "+13:00", "+14:00", "-14:00")  # fmt: skip
DAYS = ("2019-12-31", "2020-01-01", "2020-01-02", "2025-06-15", "2030-12-30", "2030-12-31", "2031-01-01", "2031-01-02")  # fmt: skip


def said(response):
    """(local fault code, error ids, sentence) of a fault."""
    fault = etree.fromstring(response.body)
    code = fault.xpath("string(//faultcode | //*[local-name()='Code']/*[local-name()='Value'])")
    words = fault.xpath("string(//faultstring | //*[local-name()='Text'])")
    return code.rpartition(":")[2], fault.xpath("//id/text()"), words


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", DAYS)
def test_a_date_is_within_its_bounds_by_the_day_it_names_whatever_its_time_zone(start, day, zone):
    """arskom/spyne#287, mvantellingen/python-zeep#1444, vpulim/node-soap#612: clients add a zone.

    The zone is dropped (docs/behaviour/soap.md), so that a bound is compared with the day that
    remains; XML Schema part 2, 3.2.7.4, would call the comparison indeterminate.
    """
    desk = start()
    right = dt.date(2020, 1, 1) <= dt.date.fromisoformat(day) <= dt.date(2030, 12, 31)

    response = desk.soap(f"<Day>{day}{zone}</Day>")

    if right:
        assert (response.status, desk.filters) == (200, {"Day": day})
    else:
        assert said(response)[:2] == ("Client", ["9104"])


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("element", ["Day", "AnyDay"])
@pytest.mark.parametrize(
    "day",
    ["10000-01-01", "12026-01-02", "-2026-01-02", "-0001-01-01", "0000-01-01", "99999-12-31+14:00", "123456789012-01-01", "2026-02-30", "", "soon"],
)  # fmt: skip
def test_a_date_that_no_calendar_day_of_four_digits_is_was_a_mistake_of_the_sender(
    desk, day, element, version
):
    """specify/specify7#2353, nuclia/nucliadb#2376: dates outside a library's calendar crash it.

    XML Schema 1.0 part 2, 3.2.9, has years of any length; the values of the product have not. A
    client repeats after a Server fault, in vain.
    """
    response = desk.soap(f"<{element}>{day}</{element}>", version=version)

    if not day:  # an empty element is the same as an absent one
        assert response.status == 200
        return
    assert said(response)[:2] == ({"1.1": "Client", "1.2": "Sender"}[version], ["9104"])
    assert "a date (YYYY-MM-DD)" in said(response)[2]


def test_a_date_in_rest_beyond_four_digits_is_a_bad_value_too(desk):
    found = desk.rest({"filters": {"Day": "10000-01-01"}})

    assert (found.status, '"code":9104' in found.text) == (400, True)


@pytest.mark.parametrize("text", ["0" * 3_000 + "7", "+" + "0" * 40 + "7", " \n7 "])
def test_a_whole_number_may_have_any_number_of_zeros(desk, text):
    """XML Schema part 2, 3.3.13 and 3.3.19: leading zeros and a sign belong to the lexical space."""
    assert desk.soap(f"<Whole>{text}</Whole>").status == 200
    assert desk.filters == {"Whole": 7}


@pytest.mark.parametrize(
    ("attribute", "name"),
    [('xml:space="preserve"', "xml:space"), ('id="i1"', "id"), ('xml:lang="en"', "xml:lang"), ('made="up"', "made")],
)  # fmt: skip
@pytest.mark.parametrize(
    ("element", "value"), [("Name", "ABERNATHY"), ("Number", "7"), ("AnyDay", "2026-01-01")]
)
def test_an_attribute_that_does_not_belong_is_named_and_not_the_good_value(
    desk, attribute, name, element, value
):
    """The reason that is named is the reason: the same words as on the operation element."""
    code, ids, words = said(desk.soap(f"<{element} {attribute}>{value}</{element}>"))

    assert (code, ids) == ("Client", ["9100"])
    assert f"The attribute '{name}' is not allowed" in words
    assert f"'{element}'" in words


def test_a_wrong_value_with_a_wrong_attribute_is_told_both(desk):
    _, ids, _ = said(desk.soap('<Number id="i1">x</Number>'))

    assert sorted(ids) == ["9100", "9104"]


def test_the_marks_ksoap2_puts_on_the_operation_are_accepted(desk):
    """ksoap2-android adorns the operation with id="o0" c:root="1" by default.

    SOAP 1.1, section 5.6, defines `root`; no reference to an id is followed here.
    """
    body = (
        '<n0:show id="o0" c:root="1" xmlns:n0="urn:xmlns:attachmate:vhi-ws:Field" '
        'xmlns:c="http://schemas.xmlsoap.org/soap/encoding/"><showFilters><Name>x</Name>'
        "</showFilters></n0:show>"
    )
    message = f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>{body}</e:Body></e:Envelope>'

    assert desk.post(message, Content_Type="text/xml").status == 200
    assert desk.filters == {"Name": "x"}
    refused = desk.post(message.replace('root="1"', 'root="0"'), Content_Type="text/xml")
    assert "The attribute 'root' is not allowed" in refused.text


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"filters":{"Name":"AB\\u0000"}}', "it contains a control character"),
        (b'{"filters":{"Name":"AB\\u001f"}}', "it contains a control character"),
        (b'{"modelVariables":{"userID":"\\u0007"}}', "it contains a control character"),
        (b'{"filters":{"Name":"AB\\ud800"}}', "half of a surrogate pair"),
        (b'{"filters":{"Name":"\\udc00\\ud800"}}', "half of a surrogate pair"),
        (b'{"filters":{"Name":"' + b"x" * 21 + b'"}}', "text of at most 20 characters is expected"),
    ],
)
def test_a_character_that_is_none_is_named_as_the_reason(desk, body, words):
    """RFC 8259, 8.2 (surrogates), XML 1.0, 2.2 (control characters)."""
    found = desk.rest(body)

    assert found.status == 400
    assert words in found.text
