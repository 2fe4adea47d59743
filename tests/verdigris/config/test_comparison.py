"""What a new version of the installation changes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.management import installation_xml
from verdigris.config.comparison import ShareChange, compare, shares, text_difference
from verdigris.config.installation import parse


SEED = [("A", 80), ("B", 20), ("C", 100, 2)]
OTHER = '<domain name="e"><member server="A" weight="1"/></domain>'


def between(old, new):
    return [change.text for change in compare(parse(old), parse(new))]


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (installation_xml([("A", 60), ("B", 20), ("C", 100, 2)]), ["A in domain d: weight 60 instead of 80."]),
        (installation_xml([("A", 80), ("B", 20), ("C", 100, 3)]), ["C in domain d: priority 3 instead of 2."]),
        (installation_xml(SEED, states={"B": "drain"}), ["B drains: it takes no new sessions, running ones go on."]),
        (
            installation_xml(SEED, states={"B": "maintenance"}),
            ["B goes into maintenance: it takes no new sessions and closes its idle ones."],
        ),
        (
            installation_xml([*SEED, ("D", 5, 2)]),
            ["D is added at 127.0.0.1:9703.", "D joins domain d with weight 5 at priority 2."],
        ),
        (
            installation_xml(SEED[:2]),
            [
                "C is removed: it gets no new sessions of any domain, running ones go on.",
                "C leaves domain d: it gets no new sessions of it, running ones go on.",
            ],
        ),
        (installation_xml(SEED, extra=OTHER), ["Domain e is added with A."]),
        (
            installation_xml(SEED, spill="false"),
            ["Domain d: the next priority is used when all servers of one are offline, no longer when they are busy."],
        ),
        (installation_xml(SEED).replace(b'9701"', b'9799"'), ["B is called at 127.0.0.1:9799 while it is offline, not at 127.0.0.1:9701."]),
        (
            re.sub(rb'(<member server="A"[^>]*>)(<member server="B"[^>]*>)', rb"\2\1", installation_xml(SEED)),
            ["Domain d lists its members in another order; their shares stay as they are."],
        ),
    ],
)  # fmt: skip
def test_each_difference_has_its_sentence(new, said):
    old = installation_xml(SEED)
    assert between(old, new) == said
    assert len(between(new, old)) == len(said)


def test_a_domain_that_goes_is_said_to_be_refused():
    old, new = installation_xml(SEED, extra=OTHER), installation_xml(SEED)
    assert between(old, new) == [
        "Domain e is removed: requests for it are refused as unknown (error 9108)."
    ]


def test_comments_mean_nothing():
    old = installation_xml(SEED)
    assert between(old, old.replace(b"<domains>", b"<!-- by ann --><domains>")) == []


def test_shares_are_those_of_servers_in_service():
    old, new = parse(installation_xml(SEED)), parse(installation_xml(SEED, states={"B": "drain"}))
    assert shares(old, new) == (
        ShareChange("d", 1, "A", 80.0, 100.0),
        ShareChange("d", 1, "B", 20.0, None),
    )


def test_weights_in_proportion_change_no_share():
    old, new = (
        parse(installation_xml([("A", 80), ("B", 20)])),
        parse(installation_xml([("A", 4), ("B", 1)])),
    )
    assert shares(old, new) == ()
    assert len(compare(old, new)) == 2


members = st.lists(
    st.tuples(st.sampled_from("ABCDE"), st.integers(0, 5), st.integers(1, 3)),
    unique_by=lambda it: it[0], min_size=1,
)  # fmt: skip


@given(members, members)
def test_what_differs_in_meaning_has_a_change_and_the_rest_none(one, two):
    old, new = (parse(installation_xml(it)) for it in (one, two))
    assert bool(compare(old, new)) == (one != two)
    assert {(it.server, it.priority) for it in shares(old, new)} <= {
        (s, p) for s, _, p in one + two
    }


def test_the_texts_differ_as_by_diff():
    said = text_difference(b"<a>\n<b/>\n</a>", b"<a>\n<c/>\n</a>", ("old", "new"))
    assert said.splitlines() == [
        "--- old",
        "+++ new",
        "@@ -1,3 +1,3 @@",
        " <a>",
        "-<b/>",
        "+<c/>",
        " </a>",
    ]


def with_models(deployments, pools=""):
    extra = f"<deployments>{deployments}</deployments><pools>{pools}</pools></installation>"
    return installation_xml(SEED).replace(b"</installation>", extra.encode())


def deployed(letter, to, more=""):
    return f'<deployment model="Bank" package="{letter * 64}" {more}>{to}</deployment>'


DOMAIN, SERVER_C = '<to domain="d"/>', '<to server="C"/>'


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (with_models(""), with_models(deployed("1", DOMAIN)), ["A, B, C get model Bank, package 111111111111.", "Model Bank is deployed to domain d."]),
        (
            with_models(deployed("1", DOMAIN)),
            with_models(deployed("1", DOMAIN) + deployed("2", SERVER_C)),
            ["C gets package 222222222222 of model Bank instead of 111111111111.", "Model Bank is deployed to domain d; server C."],
        ),
        (
            with_models(deployed("1", DOMAIN)),
            with_models(""),
            ["A, B, C lose model Bank and its pools; sessions in use finish.", "Model Bank is deployed nowhere."],
        ),
        (with_models(deployed("1", DOMAIN, 'rollout="going"')), with_models(deployed("1", DOMAIN)), ["The rollout of model Bank to domain d is over."]),
        (
            with_models(deployed("1", DOMAIN)),
            with_models(deployed("1", DOMAIN, 'at-a-time="3" stop-on-error="false"')),
            ["Model Bank is rolled out to domain d 3 at a time, and goes on after an error."],
        ),
        (
            with_models(""),
            with_models("", '<pool name="P" max-concurrent-sessions="5"/>'),
            ["Pool P: max-concurrent-sessions 5, not that of the package."],
        ),
    ],
)  # fmt: skip
def test_models_and_pools_have_their_sentences(old, new, said):
    assert between(old, new) == said
    assert between(old, old) == []
