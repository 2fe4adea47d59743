"""The explorer's URLs, without a browser."""

from collections.abc import Callable
from typing import Any

import pytest

from gateway.explorer import Explorer
from verdigris.config.plugin_cfg import PluginConfig


@pytest.fixture
def explored(start: Callable[..., Any], bank_model: Any) -> Any:
    found = start(PluginConfig(), bank_model, **{"Pool-1": "BankDemo"})
    found.resource.add(Explorer(found.services).routes)
    return found


def get(explored: Any, path: str, host: str = "127.0.0.1") -> Any:
    return explored.http("GET", path, host=host, Host="localhost")


def test_the_list_leads_to_a_page_of_every_service(explored: Any) -> None:
    page = get(explored, "/explorer").text
    assert 'href="/explorer/model/BankDemo"' in page
    assert 'href="/explorer/session/Pool-1"' in page
    assert "<b>Pool-1</b>" in get(explored, "/explorer").text
    assert get(explored, "/explorer/session/Pool-1").status == 200
    assert get(explored, "/explorer/model/bankdemo").status == 200


@pytest.mark.parametrize(
    "path", ["/explorer", "/explorer/model/BankDemo", "/explorer/files/explorer.js"]
)
def test_the_policy_lets_nothing_in_from_elsewhere(explored: Any, path: str) -> None:
    headers = get(explored, path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/explorer/model/Nothing", 404),
        ("/explorer/files/site.py", 404),
        ("/explorer/files/..%2fsite.py", 404),
        ("/explorer/files/../site.py", 404),
        ("/explorer/strange", 404),
        ("/explorer/model/%3Cscript%3E", 404),
    ],
)
def test_what_is_not_there_is_404(explored: Any, path: str, status: int) -> None:
    found = get(explored, path)
    assert found.status == status
    assert "text/plain" in found.headers["content-type"]


@pytest.mark.parametrize(("who", "host", "status"), [
    ("never", "127.0.0.1", 404), ("loopback", "127.0.0.1", 200), ("loopback", "10.1.1.1", 404),
    ("always", "10.1.1.1", 200),
])  # fmt: skip
def test_it_is_for_whom_the_settings_say(explored: Any, who: Any, host: str, status: int) -> None:
    explored.settings.config = PluginConfig(explorer=who)
    assert get(explored, "/explorer", host).status == status
    assert get(explored, "/explorer/files/explorer.css", host).status == status


def test_every_input_is_in_the_page_without_a_script(explored: Any) -> None:
    page = get(explored, "/explorer/model/BankDemo").text
    assert 'data-block="filters" name="IntRate" data-type="decimal"' in page
    assert (
        'name="Password" data-type="text" required maxlength="8" autocomplete="off" data-secret'
        in page
    )
    assert "EUR" in page
    assert 'data-block="modelVariables" name="userID"' in page
    assert 'name="region"' not in page, "clients cannot set it"
    assert 'name="DomainName"' in page
    assert "/openapi.json" in page


@pytest.mark.parametrize("path", ["/vhi-ws", "/vhi-ws/model/BankDemo", "/explorer/model/BankDemo"])
def test_every_page_of_a_service_leads_to_all_its_documents(explored: Any, path: str) -> None:
    page = get(explored, path).text
    for where in ("/vhi-ws/model/BankDemo?wsdl", "/vhi-ws/model/BankDemo?xsd",
                  "/vhi-rs/model/BankDemo/openapi.json", "/vhi-rs/model/BankDemo?json"):  # fmt: skip
        assert f'href="{where}"' in page
        assert get(explored, where).status == 200


def test_the_pages_lead_to_the_explorer_those_it_is_for(explored: Any) -> None:
    for path in ("/vhi-ws", "/vhi-ws/model/BankDemo"):
        assert 'href="/explorer/model/BankDemo"' in get(explored, path).text
        assert "/explorer" not in get(explored, path, "10.1.1.1").text
        explored.settings.config = PluginConfig(explorer="never", rest=False)
        assert "/explorer" not in get(explored, path).text
        assert "/vhi-rs" not in get(explored, path).text
        explored.settings.config = PluginConfig()


def test_without_rest_nothing_of_it_is_offered(explored: Any) -> None:
    explored.settings.config = PluginConfig(rest=False)
    page = get(explored, "/explorer/model/BankDemo").text
    assert "openapi" not in page
    assert 'value="rest"' not in page
