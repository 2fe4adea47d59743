"""A table of routes: which handler answers, with which values of the path, or why none does."""

from types import SimpleNamespace

import pytest

from gateway.http.request import Request
from gateway.http.routing import GET, POST, Route, Router
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.errors import MethodNotAllowed, NoSuchPage


@pytest.fixture
def ask():
    """The handler and the values that a table gives for a method and a path."""
    found = []

    def handler(name):
        return lambda request, client, *values: found.append((name, *values))

    router = Router(
        (
            Route("/", GET, handler("root")),
            Route("/s/{kind}/{name}", GET, handler("page")),
            Route("/s/{kind}/{name}", POST, handler("call")),
            Route("/s/{kind}/{name}/fixed", GET, handler("fixed")),
            Route("/s/{kind}/{name}/{operation}", GET + POST, handler("operation")),
            Route("/rest/*", (), handler("rest"), lambda config: config.rest),
        )
    )

    def run(method, *parts, rest=True):
        request = Request(SimpleNamespace())
        request.method, request.path = method, b"/" + "/".join(parts).encode()
        found.clear()
        client = SimpleNamespace(config=PluginConfig(rest=rest))
        try:
            router.route(request, client, parts)
        except MethodNotAllowed:
            return request.response[b"allow"].decode()
        return found[0]

    return run


def test_values_come_from_the_path_and_a_kind_is_named_by_its_segment(ask):
    assert ask(b"GET") == ("root",)
    assert ask(b"GET", "s", "model", "Bank") == ("page", "model", "Bank")
    assert ask(b"POST", "s", "session", "Pool") == ("call", "pool", "Pool")
    assert ask(b"HEAD", "s", "session", "Pool", "op") == ("operation", "pool", "Pool", "op")


def test_of_several_routes_the_first_that_takes_the_method_answers(ask):
    assert ask(b"GET", "s", "model", "Bank", "fixed") == ("fixed", "model", "Bank")
    assert ask(b"POST", "s", "model", "Bank", "fixed") == ("operation", "model", "Bank", "fixed")


def test_a_star_takes_the_rest_of_the_path_also_none(ask):
    assert ask(b"DELETE", "rest") == ("rest",)
    assert ask(b"PUT", "rest", "a", "b") == ("rest", "a", "b")


def test_a_wrong_method_is_told_all_methods_of_the_path(ask):
    assert ask(b"DELETE", "s", "model", "Bank") == "GET, HEAD, POST"
    assert ask(b"POST") == "GET, HEAD"


@pytest.mark.parametrize(
    "parts", [("s",), ("s", "pool", "Bank"), ("s", "model"), ("x", "model", "Bank"), ("s", "model", "B", "o", "p")]
)  # fmt: skip
def test_a_path_of_no_route_is_no_page(ask, parts):
    with pytest.raises(NoSuchPage):
        ask(b"GET", *parts)


def test_a_route_that_the_settings_do_not_offer_is_no_page(ask):
    with pytest.raises(NoSuchPage):
        ask(b"GET", "rest", "a", rest=False)
