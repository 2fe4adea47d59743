"""What messages are taken, in every form real clients send them, and what is refused how."""

import pytest
from lxml import etree

from verdigris.errors import UnknownScreen
from verdigris.wire import Rows


NS = "urn:xmlns:attachmate:vhi-ws:BankDemo"

CALC_COST_LOAN = """\
<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/">
  <Body>
    <calcCostLoan xmlns="urn:xmlns:attachmate:vhi-ws:BankDemo">
      <calcCostLoanFilters>
        <Password>secret</Password><UserId>u1</UserId>
        <AmtToBorrow>10000</AmtToBorrow><IntRate>5.5</IntRate><NumOfMonths>36</NumOfMonths>
      </calcCostLoanFilters>
    </calcCostLoan>
  </Body>
</Envelope>
"""


def ids(response):
    return [int(e.text) for e in etree.fromstring(response.body).iter("id")]


def texts(response):
    return [e.text for e in etree.fromstring(response.body).iter("text")]


def loan(inner, attributes=""):
    return f'<calcCostLoan xmlns="{NS}"{attributes}>{inner}</calcCostLoan>'


def filters(inner):
    return loan(f"<calcCostLoanFilters>{inner}</calcCostLoanFilters>")


GOOD = "<UserId>u1</UserId><Password>pw</Password>"


# ---- the message of the published client (product facts 7.4) -------------------------------


def test_the_published_message_works_verbatim(bank):
    response = bank.post(CALC_COST_LOAN, "/vhi-ws/model/BankDemo?wsdl")

    assert response.status == 200
    assert response.headers["content-type"] == "text/xml; charset=utf-8"
    assert etree.fromstring(response.body).find(".//ResultMonthPmt").text == "123.45"
    assert bank.caller.last.filters == {
        "UserId": "u1", "Password": "secret", "AmtToBorrow": "10000", "IntRate": "5.5", "NumOfMonths": 36,
    }  # fmt: skip
    assert (bank.caller.last.domain, bank.caller.last.session) == ("", "")
    assert bank.caller.last.repeatable


@pytest.mark.parametrize(
    "content_type", [None, "text/xml", "application/soap+xml", "text/plain", "x; charset=bogus"]
)
@pytest.mark.parametrize("action", [None, '""', "anything"])
def test_any_content_type_and_soapaction_will_do(bank, content_type, action):
    headers = {"Content_Type": content_type, "SOAPAction": action}

    response = bank.post(CALC_COST_LOAN, **{k: v for k, v in headers.items() if v is not None})

    assert response.status == 200
    assert b"schemas.xmlsoap.org/soap/envelope/" in response.body


def test_first_letters_may_be_of_either_case(bank, message):
    body = loan(f"<CalcCostLoanFilters>{GOOD}</CalcCostLoanFilters>").replace(
        "calcCostLoan xmlns", "CalcCostLoan xmlns"
    )

    response = bank.post(message(body.replace("</calcCostLoan>", "</CalcCostLoan>")))

    assert response.status == 200
    assert b"calcCostLoanResponse" in response.body


def test_children_need_no_namespace(bank, message):
    body = f'<x:calcCostLoan xmlns:x="{NS}"><calcCostLoanFilters>{GOOD}</calcCostLoanFilters></x:calcCostLoan>'

    assert bank.post(message(body)).status == 200


def test_blocks_may_come_in_any_order(bank, message):
    body = loan(
        f"<calcCostLoanFilters>{GOOD}</calcCostLoanFilters>"
        "<modelVariables><password>p</password><userID>u</userID></modelVariables>"
        "<environment><MaxRows>3</MaxRows><DomainName>d</DomainName></environment>"
    )

    assert bank.post(message(body)).status == 200
    assert bank.caller.last.variables == {"userID": "u", "password": "p"}
    assert (bank.caller.last.domain, bank.caller.last.max_rows) == ("d", 3)


def test_comments_and_processing_instructions_change_nothing(bank, message):
    body = filters("<UserId>u<!-- x -->1</UserId><?pi?><Password>pw</Password>")

    assert bank.post(message(body)).status == 200
    assert bank.caller.last.filters["UserId"] == "u1"


def test_types_claimed_by_the_client_are_not_believed(bank, message):
    xsi = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:t="urn:x"'
    body = loan(
        f'<calcCostLoanFilters xsi:type="t:showFilters">{GOOD}'
        '<NumOfMonths xsi:type="t:string">12</NumOfMonths></calcCostLoanFilters>',
        xsi,
    )

    assert bank.post(message(body)).status == 200
    assert bank.caller.last.filters["NumOfMonths"] == 12


def test_utf_16_and_latin_1_are_read(bank, message):
    text = message(filters("<UserId>Zoë</UserId><Password>p</Password>"))

    for body, content_type in (
        (text.encode("utf-16"), "text/xml"),
        (text.encode("latin-1"), "text/xml; charset=ISO-8859-1"),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?>' + text.encode("latin-1"), "text/xml"),
    ):
        assert bank.post(body, Content_Type=content_type).status == 200
        assert bank.caller.last.filters["UserId"] == "Zoë"


def test_bytes_that_are_not_what_they_say_are_a_clients_fault(bank, message):
    body = message(filters("<UserId>Zoë</UserId>")).encode("latin-1")

    response = bank.post(body, Content_Type="text/xml; charset=utf-8")

    assert (response.status, ids(response)) == (500, [9100])


# ---- values ------------------------------------------------------------------------------------


def show(inner):
    xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    return f'<show xmlns="{NS}" {xsi}><showFilters>{inner}</showFilters></show>'


@pytest.fixture
def showing(bank):
    types = ("text", "integer", "decimal", "date", "boolean")
    bank.caller.reply = Rows(
        tuple(zip(("Text", "Number", "Amount", "Day", "Flag"), types, strict=True)), []
    )
    return bank


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        ("<Text> a &amp; b </Text>", {"Text": " a & b "}),
        ("<Text/>", {"Text": ""}),
        ("<Number> +5 </Number>", {"Number": 5}),
        ("<Number>-9223372036854775808</Number>", {"Number": -(2**63)}),
        ("<Number/>", {}),
        ("<Number xsi:nil='true'/>", {}),
        ("<Amount>-.50</Amount>", {"Amount": "-0.50"}),
        ("<Amount> 12. </Amount>", {"Amount": "12"}),
        ("<Amount>0000000000000000000001.10</Amount>", {"Amount": "1.10"}),
        ("<Day>2026-01-02Z</Day>", {"Day": "2026-01-02"}),
        ("<Day> 2026-01-02+02:00 </Day>", {"Day": "2026-01-02"}),
        ("<Flag> true </Flag>", {"Flag": True}),
        ("<Flag>1</Flag>", {"Flag": True}),
        ("<Flag>false</Flag>", {"Flag": False}),
        ("<Flag>0</Flag>", {"Flag": False}),
        ("<Amount xsi:nil='false'>7.5</Amount>", {"Amount": "7.5"}),
        ("<Amount xsi:nil='0'>7.5</Amount>", {"Amount": "7.5"}),
    ],
)
def test_values_arrive(showing, message, sent, received):
    response = showing.post(message(show(sent)))

    assert response.status == 200, response.text
    assert showing.caller.last.filters == received


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("<Number>1_000</Number>", "a whole number is expected"),
        ("<Number>99999999999999999999</Number>", "a whole number is expected"),
        ("<Amount>1e400000</Amount>", "a number is expected"),
        ("<Amount>NaN</Amount>", "a number is expected"),
        ("<Day>2026-02-30</Day>", "a date (YYYY-MM-DD) is expected"),
        ("<Day>T24:00:00</Day>", "a date (YYYY-MM-DD) is expected"),
        ("<Flag>yes</Flag>", "true or false is expected"),
        ("<Flag xsi:nil='true'>true</Flag>", "it is nil and has a value"),
    ],
)
@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_bad_values_name_their_column(showing, message, sent, said, version):
    response = showing.post(message(show(sent), version=version))

    assert (response.status, ids(response)) == (500 if version == "1.1" else 400, [9104])
    assert said in texts(response)[0]
    assert showing.caller.calls == []


def test_a_nil_that_is_no_boolean_is_refused(showing, message):
    response = showing.post(message(show("<Amount xsi:nil='maybe'>7.5</Amount>")))

    assert (response.status, ids(response)) == (500, [9100])
    assert texts(response) == ["The request cannot be read: xsi:nil of Amount is not a boolean."]


def test_data_can_be_nil_which_is_not_the_same_as_absent(bank, message):
    bank.caller.reply = Rows((), [], affected=1)
    xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    body = (
        f'<change xmlns="{NS}" {xsi}><changeFilters><Number>1</Number></changeFilters>'
        '<changeData><Text xsi:nil="true"/><Amount/><Flag>true</Flag></changeData></change>'
    )

    response = bank.post(message(body))

    assert response.status == 200
    assert bank.caller.last.data == {"Text": None, "Amount": None, "Flag": True}
    assert etree.fromstring(response.body).findtext(".//affected") == "1"


def test_everything_wrong_is_said_at_once_and_no_value_is_repeated(bank, message):
    body = filters(
        "<Password>toolongpassword</Password><Nonsense>1</Nonsense><NumOfMonths>361</NumOfMonths>"
    )

    first = bank.post(message(body))
    body = filters(
        "<UserId>u</UserId><Password>toolongpassword</Password><NumOfMonths>361</NumOfMonths>"
    )
    second = bank.post(message(body))

    assert ids(first) == [9105, 9103]
    assert texts(first) == [
        "Procedure calcCostLoan does not accept column Nonsense as filter.",
        "Procedure calcCostLoan requires a value for column UserId.",
    ]
    assert ids(second) == [9104, 9104]
    assert texts(second) == [
        "The value of column Password is not valid: text of at most 8 characters is expected.",
        "The value of column NumOfMonths is not valid: a whole number from 1 to 360 is expected.",
    ]
    assert b"toolong" not in first.body + second.body


def test_a_control_character_from_a_host_does_not_break_the_reply(showing, message):
    showing.caller.reply.rows.append(["a\x00b\x1b\ud800", 1, "1", "2026-01-01", True])

    response = showing.post(message(show("")))

    assert response.status == 200
    assert etree.fromstring(response.body).findtext(".//Text") == "a\ufffdb\ufffd\ufffd"


@pytest.mark.parametrize(
    "row",
    [
        ["x", "no number", "1", None, None],
        ["x", 1, "1E+3", None, None],
        ["x", 1, "1", "2026-13-01", None],
    ],
)
@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_a_result_that_does_not_fit_its_type_is_a_fault_and_never_an_empty_envelope(
    showing, message, row, version
):
    showing.caller.reply.rows.append(row)

    response = showing.post(message(show(""), version=version))

    assert (response.status, ids(response)) == (500, [9000])


# ---- refused -----------------------------------------------------------------------------------

XXE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
REFUSED = {
    "nothing": ("", 9100, "it is empty"),
    "no XML": ("hello", 9100, "not well-formed XML: line 1"),
    "a DOCTYPE": (XXE + "@", 9100, "DOCTYPE"),
    "an entity of one": ("!", 9100, "DOCTYPE"),
    "billion laughs": ("%", 9100, "XML"),
    "no Body": (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"/>',
        9100,
        "one Body",
    ),
    "no envelope": ("<a/>", 9100, "not a SOAP 1.1 or SOAP 1.2 envelope"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_message_is_refused_in_words(bank, message, name):
    body, code, said = REFUSED[name]
    body = body.replace("@", message(filters(GOOD)))
    if body == "!":
        body = XXE + message(filters("<UserId>&e;</UserId>"))
    if body == "%":
        entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
        body = f'<!DOCTYPE x [<!ENTITY a0 "ha">{entities}]>' + message(
            filters("<UserId>&a11;</UserId>")
        )

    response = bank.post(body)

    assert (response.status, ids(response)) == (500, [code])
    assert said in texts(response)[0]
    assert bank.caller.calls == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "the Body holds no elements"),
        (loan("") * 2, "the Body holds 2 elements"),
        ("<e:Fault/>", "the Body holds a Fault"),
        (
            '<calcCostLoan xmlns="urn:other"/>',
            "is in namespace urn:other; service BankDemo has " + NS,
        ),
        ("<calcCostLoan/>", "is in namespace (none)"),
        (loan("", ' e:encodingStyle="x"'), "rpc/encoded messages are not served"),
        (loan('<calcCostLoanFilters href="#1"/>'), "refers to another (href)"),
        (filters(GOOD + "<UserId>2</UserId>"), "UserId comes twice"),
        (filters("<UserId><a/></UserId><Password>p</Password>"), "UserId holds further elements"),
        (
            loan("<filters/>" + f"<calcCostLoanFilters>{GOOD}</calcCostLoanFilters>"),
            "holds an element filters; it takes environment",
        ),
        (loan(f"text<calcCostLoanFilters>{GOOD}</calcCostLoanFilters>"), "Character content"),
        (
            loan(f"<calcCostLoanFilters x='1'>{GOOD}</calcCostLoanFilters>"),
            "The attribute 'x' is not allowed",
        ),
        (
            filters(GOOD + "<y:IntRate xmlns:y='urn:y'>1</y:IntRate>"),
            "IntRate is in namespace urn:y",
        ),
    ],
)
@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_messages_that_break_the_contract_are_refused_in_words(bank, message, body, said, version):
    response = bank.post(message(body, version=version))

    assert response.status == (500 if version == "1.1" else 400)
    assert said in " ".join(texts(response))
    assert bank.caller.calls == []


def test_an_unknown_operation_is_named_with_a_hint(bank, message):
    near = bank.post(message(f'<CALCCOSTLOAN xmlns="{NS}"/>'))
    refused = bank.post(message(f'<environment xmlns="{NS}"/>'))

    assert (ids(near), texts(near)) == (
        [9118],
        ["Service BankDemo has no operation CALCCOSTLOAN (did you mean calcCostLoan?)."],
    )
    assert ids(refused) == [9118]


def test_513_attributes_are_too_many_however_short_they_are(bank, message):
    names = "abcdefghijklmnopqrstuvwyz"
    short = " ".join(f'{one}{two}=""' for one in names for two in names)[: 513 * 6 - 1]

    response = bank.post(message(loan("", " " + short)))

    assert (response.status, ids(response)) == (500, [9109])


@pytest.mark.parametrize("where", ["body", "header", "wrapper"])
def test_a_hundred_thousand_attributes_cost_nothing(bank, message, where):
    many = " ".join(f'a{n}="1"' for n in range(100_000))
    body, header = filters(GOOD), ""
    if where == "body":
        body = filters(f"<UserId {many}>u</UserId>")
    elif where == "header":
        header = f'<h:environment xmlns:h="{NS}" {many}/>'
    else:
        body = loan("", " " + many)

    response = bank.post(message(body, header))

    assert (response.status, ids(response)) == (500, [9109])


def test_too_many_elements_are_refused(bank, message):
    response = bank.post(message(filters("<UserId/>" * 100_001)))

    assert ids(response) == [9109]


def test_nesting_is_bounded(bank, message):
    response = bank.post(message("<a>" * 5_000 + "</a>" * 5_000))

    assert ids(response) == [9100]


# ---- versions and headers ----------------------------------------------------------------------


def test_an_envelope_of_another_version_is_a_version_mismatch(bank):
    response = bank.post(
        '<e:Envelope xmlns:e="http://www.w3.org/2001/12/soap-envelope"><e:Body/></e:Envelope>'
    )

    fault = etree.fromstring(response.body)
    assert (response.status, fault.findtext(".//faultcode")) == (500, "soap:VersionMismatch")
    assert [e.get("qname") for e in fault.iter("{*}SupportedEnvelope")] == [
        "v0:Envelope",
        "v1:Envelope",
    ]


@pytest.mark.parametrize(
    ("version", "code"), [("1.1", "soap:MustUnderstand"), ("1.2", "soap:MustUnderstand")]
)
def test_a_header_that_must_be_understood_and_is_not_is_refused(bank, message, version, code):
    header = '<s:Security xmlns:s="urn:wsse" e:mustUnderstand="1"/><s:Other xmlns:s="urn:o"/>'

    response = bank.post(message(filters(GOOD), header, version=version))

    fault = etree.fromstring(response.body)
    found = fault.findtext(".//faultcode") or fault.findtext(".//{*}Code/{*}Value")
    told = [] if version == "1.1" else [9114]  # SOAP 1.1 section 4.4: no detail about headers
    assert (response.status, found, ids(response)) == (500, code, told)
    assert ("NotUnderstood" in response.text) == (version == "1.2")
    assert bank.caller.calls == []


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("mark", ["", 'e:mustUnderstand="1"', 'e:mustUnderstand="0"'])
def test_the_environment_header_is_understood(bank, message, version, mark):
    header = f'<environment xmlns="{NS}" {mark}><MaxRows>7</MaxRows><DomainName>retail</DomainName></environment>'

    response = bank.post(message(filters(GOOD), header, version=version))

    assert response.status == 200, response.text
    assert (bank.caller.last.domain, bank.caller.last.max_rows) == ("retail", 7)


def test_headers_for_others_and_unknown_ones_are_left_alone(bank, message):
    header = (
        '<a:x xmlns:a="urn:a" e:mustUnderstand="1" e:actor="http://elsewhere"/>'
        '<w:Action xmlns:w="http://www.w3.org/2005/08/addressing">x</w:Action>'
    )

    assert bank.post(message(filters(GOOD), header)).status == 200


def test_the_body_wins_over_the_header_element_by_element(bank, message):
    header = (
        f'<environment xmlns="{NS}"><DomainName>h</DomainName><MaxRows>7</MaxRows></environment>'
    )
    body = loan(
        f"<environment><DomainName>b</DomainName></environment><calcCostLoanFilters>{GOOD}</calcCostLoanFilters>"
    )

    bank.post(message(body, header))

    assert (bank.caller.last.domain, bank.caller.last.max_rows) == ("b", 7)


def test_a_bad_environment_header_is_checked_like_the_body(bank, message):
    for inner, code in (
        ("<MaxRows>-1</MaxRows>", 9104),
        ("<Nonsense/>", 9100),
        ("<MethodTimeout>0</MethodTimeout>", 9104),
    ):
        response = bank.post(
            message(filters(GOOD), f'<environment xmlns="{NS}">{inner}</environment>')
        )
        assert (response.status, ids(response)) == (500, [code])


# ---- what a fault says -------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_a_fault_of_the_model_shows_its_screen_and_request_id(bank, message, version):
    bank.caller.reply = UnknownScreen(
        {"screen": "LOGON ===> \x01"}, nearest="Main", difference="row 1"
    )

    response = bank.post(message(filters(GOOD), version=version), X_Request_Id="abc-1")

    fault = etree.fromstring(response.body)
    assert response.status == 500
    assert fault.findtext(".//screen") == "LOGON ===> \ufffd"
    assert fault.findtext(".//requestId") == response.headers["x-request-id"] == "abc-1"
    assert bank.caller.last.request_id == "abc-1"
    code = fault.findtext(".//faultcode") or fault.findtext(".//{*}Code/{*}Value")
    assert code == ("soap:Server" if version == "1.1" else "soap:Receiver")


def test_an_error_of_ours_tells_clients_nothing_but_where_to_look(bank, message):
    def broken(call):
        raise RuntimeError("password=hunter2")

    bank.caller.reply = broken

    response = bank.post(message(filters(GOOD)))

    assert (response.status, ids(response)) == (500, [9000])
    assert b"hunter2" not in response.body
    assert b"Traceback" not in response.body


def test_no_request_id_is_taken_that_could_forge_a_log_line(bank, message):
    response = bank.post(message(filters(GOOD)), X_Request_Id="a b\tc")

    assert response.headers["x-request-id"] != "a b\tc"
    assert bank.caller.last.request_id == response.headers["x-request-id"]
