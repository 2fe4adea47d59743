"""The part of the `verdigris` command that belongs to no application: operating, calling, errors."""

from typing import Final

from verdigris.cli.registry import Command


COMMANDS: Final = (
    Command("check", "verdigris.cli.check:check"),
    Command("plan", "verdigris.cli.installation_versions:plan"),
    Command("apply", "verdigris.cli.installation_versions:apply"),
    Command("versions", "verdigris.cli.installation_versions:versions"),
    Command("login", "verdigris.cli.login:login"),
    Command("logout", "verdigris.cli.login:logout"),
    Command("promote", "verdigris.cli.installation_versions:promote"),
    Command("domains", "verdigris.cli.domains:domains"),
    Command("shares", "verdigris.cli.shares:shares"),
    Command("servers", "verdigris.cli.servers:servers"),
    Command("drain", "verdigris.cli.servers:drain"),
    Command("resume", "verdigris.cli.servers:resume"),
    Command("maintenance", "verdigris.cli.servers:maintenance"),
    Command("parts", "verdigris.cli.parts:parts"),
    Command("remove", "verdigris.cli.parts:remove"),
    Command("deployments", "verdigris.cli.deployments:deployments"),
    Command("pools", "verdigris.cli.pools:pools"),
    Command("lists", "verdigris.cli.lists:lists"),
    Command("sessions", "verdigris.cli.sessions:sessions"),
    Command("trace", "verdigris.cli.traces:trace"),
    Command("traces", "verdigris.cli.traces:traces"),
    Command("call", "verdigris.cli.call:call"),
    Command("explain", "verdigris.cli.explain:explain"),
    Command("audit", "verdigris.cli.audit:audit"),
    Command("errors", "verdigris.cli.error_list:errors"),
    Command("completion", "verdigris.cli.completion:completion"),
)
"""Commands through the administration API or the connector, and those that need no server."""
