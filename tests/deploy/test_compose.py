"""The compose file: what it says can be read, and its commands are ours with options they have."""

from pathlib import Path

import click
import pytest
import yaml

from verdigris_command.main import main


FILE = Path(__file__).parents[2] / "deploy" / "compose" / "compose.yaml"
COMPOSE = yaml.safe_load(FILE.read_text())
OURS = {name: it for name, it in COMPOSE["services"].items() if it["image"] == "verdigris"}


def test_it_brings_up_what_the_seed_names():
    roles = [it["command"][it["command"].index("--role") + 1] for it in OURS.values() if "--role" in it["command"]]  # fmt: skip
    assert sorted(roles) == [
        "gateway", "gateway", "management-server", "session-server", "session-server", "session-server",
    ]  # fmt: skip
    assert [it["command"][0] for it in OURS.values()].count("init") == 1
    assert "host" in OURS
    assert {"etcd1", "etcd2", "etcd3"} <= set(COMPOSE["services"])


@pytest.mark.parametrize("name", [name for name in OURS if name != "host"])
def test_a_service_runs_a_command_with_options_it_has(name, monkeypatch):
    first, *rest = OURS[name]["command"]
    command = main.get_command(click.Context(main), first)
    files = [it for it in command.params if isinstance(it.type, click.Path)]
    for one in files:
        monkeypatch.setattr(one, "type", click.Path())  # those of the container are not here
    context = command.make_context(first, list(rest))
    assert context.params["start"] is True
    assert context.params["name"] == name


def test_everything_named_is_declared():
    for service in COMPOSE["services"].values():
        for volume in service.get("volumes", ()):
            assert volume.split(":")[0] in COMPOSE["volumes"]
        assert set(service.get("networks", ())) <= set(COMPOSE["networks"])
        assert set(service.get("depends_on", ())) <= set(COMPOSE["services"])
        assert set(service.get("secrets", ())) <= set(COMPOSE["secrets"])
