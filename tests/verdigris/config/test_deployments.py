"""Which package belongs on which session server, and what is wrong with a document that says so."""

import pytest

from tests.support.management import installation_xml
from verdigris.config.installation import parse
from verdigris.errors import ConfigurationError


MEMBERS = [("A", 80), ("B", 20)]
OTHER = '<domain name="e"><member server="B" weight="100"/></domain>'


def document(deployments="", pools=""):
    extra = f"<deployments>{deployments}</deployments><pools>{pools}</pools></installation>"
    data = installation_xml(MEMBERS, extra=OTHER)
    return data.replace(b"</installation>", extra.encode())


def one(letter, *targets, model="Bank", more=""):
    to = "".join(f"<to {it}/>" for it in targets)
    return f'<deployment model="{model}" package="{letter * 64}" {more}>{to}</deployment>'


D, E, A, B = 'domain="d"', 'domain="e"', 'server="A"', 'server="B"'


@pytest.mark.parametrize(
    ("deployments", "packages"),
    [
        ("", {"A": "", "B": ""}),
        (one("1", D), {"A": "1", "B": "1"}),
        (one("1", E), {"A": "", "B": "1"}),
        (one("1", A), {"A": "1", "B": ""}),
        (one("1", D) + one("2", A), {"A": "2", "B": "1"}),
        (one("2", A) + one("1", D), {"A": "2", "B": "1"}),
        (one("1", D) + one("2", E, B), {"A": "1", "B": "2"}),
        (one("1", D) + one("1", E), {"A": "1", "B": "1"}),
    ],
)
def test_what_names_the_server_goes_before_what_names_its_domain(deployments, packages):
    found = parse(document(deployments)).assignments()
    assert {
        name: "".join(it.package[0] for it in found.get(name, {}).values()) for name in packages
    } == packages


def test_terms_are_read():
    more = (
        f'previous="{"0" * 64}" at-a-time="3" stop-on-error="false" rollout="stopped" problem="no"'
    )
    (found,) = parse(document(one("1", D, B, more=more))).deployments
    assert (found.previous, found.at_a_time, found.stop_on_error) == ("0" * 64, 3, False)
    assert (found.rollout, found.problem, found.targets) == ("stopped", "no", "domain d, server B")


@pytest.mark.parametrize(
    ("deployments", "pools", "said"),
    [
        (one("1", 'domain="D"'), "", "names the unknown domain D; did you mean d?"),
        (one("1", 'server="C"'), "", "names the unknown session server C"),
        (one("1", "") , "", "a target is either a domain or a server"),
        (one("1", f"{D} {A}"), "", "a target is either a domain or a server"),
        (one("1", D) + "\n" + one("2", D), "", "domain d is named twice"),
        (one("1", D) + "\n" + one("2", E), "", "B gets different packages by its domains"),
        (one("x", D), "", "package"),
        (one("1", D, more='at-a-time="0"'), "", "at-a-time"),
        ("", '<pool name="P"/><pool name="P"/>', "pool P is listed twice"),
        ("", '<pool name="P" max-concurrent-sessions="2" initial-idle-sessions="3"/>', "initial-idle-sessions is 3, more than max-concurrent-sessions (2)"),
        ("", '<pool name="P" max-concurrent-sessions="0"/>', "max-concurrent-sessions"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(deployments, pools, said):
    with pytest.raises(ConfigurationError) as caught:
        parse(document(deployments, pools))
    assert said in str(caught.value)


def test_a_deployment_to_nowhere_is_a_warning():
    found = [it.message for it in parse(document(one("1"))).warnings]
    assert "deployment of Bank: it is deployed nowhere" in found


def test_override_values_are_read():
    pools = '<pool name="P" max-concurrent-sessions="9" min-idle-sessions="0"/>'
    (found,) = parse(document(pools=pools)).pools
    assert found.values == {"maximum": 9, "minimum_idle": 0}
