"""Settings files that `verdigris join` writes can be read, and say what was asked for."""

from verdigris.config import plugin_cfg
from verdigris.values import Endpoint
from verdigris_command.setup import settings_files


def joined(host):
    text = settings_files.gateway(Endpoint(host, 9680), 9681, ["m1:9641"], "default")
    return plugin_cfg.load(text.encode(), "plugin-cfg.xml")


def test_a_gateway_with_a_host_name_answers_to_it():
    assert joined("gw1.example").allowed_hosts == ("gw1.example",)


def test_a_gateway_with_an_address_needs_no_name():
    assert not joined("10.0.0.7").allowed_hosts
