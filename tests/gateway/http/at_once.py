"""A gateway process whose calls answer at once, for tests that attack it: `at_once.py '{"setting": 1}'`.

`list` gives as many rows as its filter Number says, decoded as they would come over a link.
"""

import json
import sys

import msgspec
from twisted.internet import reactor
from twisted.internet.defer import succeed

from gateway.settings import Settings
from tests.support.gateway import parts, serve
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.metadata import Column, Model, Parameter, Procedure, Table
from verdigris.wire import Offer, Offers, Rows


NAMES = tuple(f"Column{n}" for n in range(8))
MODEL = Model(
    name="Bank",
    digest="1",
    tables=(
        Table(
            name="T",
            columns=(
                *(Column(name=name) for name in NAMES),
                Column(name="Number", type="integer"),
                Column(name="Amount", type="decimal"),
            ),
            procedures=(
                Procedure(
                    name="List",
                    kind="select",
                    filters=(Parameter(column="Number"), Parameter(column="Amount"), Parameter(column="Column0")),
                    outputs=NAMES,
                ),
            ),
        ),
    ),
)  # fmt: skip


class AtOnce:
    async def call(self, call):
        count = int(call.filters.get("Number") or 1)
        text = msgspec.msgpack.encode([[f"value {n} {c}" for c in range(8)] for n in range(count)])
        rows = msgspec.msgpack.decode(text, type=list[list[str | int | bool | None]])
        return Rows(tuple((name, "text") for name in NAMES), rows, server="s")


def main() -> None:
    settings = Settings(None, reactor)
    settings.config = PluginConfig(**json.loads(sys.argv[1]))
    services, _, site = parts(AtOnce(), settings, reactor, lambda *_: succeed(MODEL))
    offers = ((Offer("model", "Bank", "Bank", "1"), ("127.0.0.1:9623",)),)
    services.saw("test", Offers("1", offers), settings.config)
    serve(site, reactor, backlog=4096)


main()
