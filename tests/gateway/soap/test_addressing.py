"""WS-Addressing: answered when it is used."""

import pytest
from lxml import etree
from zeep.plugins import HistoryPlugin
from zeep.wsa import WsAddressingPlugin

from verdigris.errors import MethodTimedOut
from verdigris.wire import Rows


NS = "urn:xmlns:attachmate:vhi-ws:BankDemo"
WSA = "http://www.w3.org/2005/08/addressing"
ID = "vs1~0123456789abcdef0123456789abcdef"
USED = f'<a:MessageID xmlns:a="{WSA}" e:mustUnderstand="1">urn:uuid:&lt;1&gt;</a:MessageID><a:To xmlns:a="{WSA}">http://h/x</a:To>'


@pytest.fixture
def bank(bank):
    bank.caller.reply = lambda call: (
        ID if call.action == "create" else Rows((("Text", "text"),), [["pong"]])
    )
    return bank


def header(response):
    found = etree.fromstring(response.body).find("{*}Header")
    return None if found is None else {etree.QName(e).localname: e for e in found}


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_a_reply_relates_to_its_request(bank, message, version):
    response = bank.post(message(f'<ping xmlns="{NS}"/>', USED, version))

    found = header(response)
    assert found["RelatesTo"].text == "urn:uuid:<1>"
    assert found["Action"].text == f"{NS}:pingResponse"
    assert etree.fromstring(response.body)[0].tag.endswith("}Header")


def test_nobody_who_did_not_use_it_is_answered_with_it(bank, message):
    assert header(bank.post(message(f'<ping xmlns="{NS}"/>'))) is None
    assert header(bank.post(message(f'<wsResourceCreate xmlns="{NS}"/>'))) is None


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_faults_relate_too(bank, message, version):
    bank.caller.reply = MethodTimedOut(procedure="x", seconds=1)

    found = header(bank.post(message(f'<ping xmlns="{NS}"/>', USED, version)))

    assert found["RelatesTo"].text == "urn:uuid:<1>"
    assert found["Action"].text == f"{WSA}/soap/fault"


def test_a_session_goes_out_in_reference_parameters_and_comes_back_as_a_header(bank, message):
    created = header(bank.post(message(f'<wsResourceCreate xmlns="{NS}"/>', USED)))
    parameter = created["From"].find(f"{{{WSA}}}ReferenceParameters")[0]
    assert (parameter.tag, parameter.text) == (f"{{{NS}}}SessionID", ID)
    assert created["From"].findtext(f"{{{WSA}}}Address") == "http://h/x"
    parameter.set(f"{{{WSA}}}IsReferenceParameter", "true")

    sent = etree.tostring(parameter).decode()
    bank.post(message(f'<ping xmlns="{NS}"/>', USED + sent))
    assert bank.caller.last.session == ID
    bank.post(message(f'<wsResourceDestroy xmlns="{NS}"/>', sent))
    assert (bank.caller.last.action, bank.caller.last.session) == ("destroy", ID)


def test_the_environments_session_is_nearer_than_the_headers(bank, message):
    body = f'<ping xmlns="{NS}"><environment><SessionID>vs2~0123456789abcdef</SessionID></environment></ping>'

    bank.post(message(body, f'<SessionID xmlns="{NS}">{ID}</SessionID>'))

    assert bank.caller.last.session == "vs2~0123456789abcdef"


@pytest.mark.parametrize(
    "wrong",
    [
        f'<a:ReplyTo xmlns:a="{WSA}"><a:Address>http://evil.example.com/</a:Address></a:ReplyTo>',
        f'<a:FaultTo xmlns:a="{WSA}"><a:Address>{WSA}/none</a:Address></a:FaultTo>',
        f'<a:MessageID xmlns:a="{WSA}">1</a:MessageID><a:MessageID xmlns:a="{WSA}">2</a:MessageID>',
        f'<a:MessageID xmlns:a="{WSA}">{"x" * 1_001}</a:MessageID>',
        f'<SessionID xmlns="{NS}">nonsense</SessionID>',
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_runs(bank, message, wrong):
    assert bank.post(message(f'<ping xmlns="{NS}"/>', wrong)).status in (400, 500)
    assert bank.caller.calls == []


def test_an_anonymous_reply_address_is_where_replies_go(bank, message):
    said = f'<a:ReplyTo xmlns:a="{WSA}"><a:Address>{WSA}/anonymous</a:Address></a:ReplyTo>'

    assert header(bank.post(message(f'<ping xmlns="{NS}"/>', said)))["Action"].text


@pytest.mark.parametrize("port", ["Soap", "Soap12"])
def test_zeep_keeps_a_session_by_addressing_alone(bank, port):
    """Its own plugin asks; the reply's reference parameter goes back as a header, as it came."""
    service = bank.zeep(port=port)
    seen = HistoryPlugin()
    service._client.plugins += [WsAddressingPlugin(), seen]

    service.wsResourceCreate()

    sent, received = seen.last_sent["envelope"], seen.last_received["envelope"]
    assert received.findtext(f".//{{{WSA}}}RelatesTo") == sent.findtext(f".//{{{WSA}}}MessageID")
    parameter = received.find(f".//{{{WSA}}}ReferenceParameters")[0]
    parameter.set(f"{{{WSA}}}IsReferenceParameter", "true")
    assert [row.Text for row in service.ping(_soapheaders=[parameter])] == ["pong"]
    assert bank.caller.last.session == ID
    service.wsResourceDestroy(_soapheaders=[parameter])
    assert (bank.caller.last.action, bank.caller.last.session) == ("destroy", ID)
