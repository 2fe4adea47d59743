"""A gateway without a world behind it, as a process: prints its port, answers made-up rows."""

from typing import Any

from twisted.internet import reactor as installed
from twisted.internet.defer import succeed

from gateway.call import Call
from gateway.explorer import Explorer
from gateway.settings import Settings
from gateway.telemetry.access_log import Telemetry
from tests.support.gateway import parts, serve
from verdigris.errors import NoServerAvailable, UnknownScreen
from verdigris.metadata import Column, Model, Parameter, Procedure, Table, Variable
from verdigris.wire import Left, Offer, Offers, Passed, Rows, Try


SCREEN = (
    "VERDIGRIS BANK                                              <script>\n"
    "\n  User . . . . teller1\n  Password . .         \n\n  PF3=End"
)
MODEL = Model(
    name="BankDemo",
    digest="1",
    description="A bank on 3270 </script><script>document.title='owned'</script>",
    tables=(
        Table(
            name="Accounts",
            columns=(
                Column(name="Owner", max_length=20, description="Whose accounts; any part of it."),
                Column(name="Pin", secret=True, max_length=8, description="Of the owner."),
                Column(name="Balance", type="decimal", unit="EUR", fraction_digits=2),
                Column(name="Opened", type="date"),
                Column(name="Number", type="integer", minimum="1", maximum="99999", key=True),
                Column(name="Closed", type="boolean"),
            ),
            procedures=(
                Procedure(
                    name="FindAccounts",
                    kind="select",
                    description="Accounts of an owner, with their balances.",
                    filters=(
                        Parameter(column="Owner", required=True),
                        Parameter(column="Pin"),
                        Parameter(column="Number"),
                    ),
                    outputs=("Number", "Owner", "Balance", "Opened", "Closed"),
                    read_only=True,
                ),
                Procedure(
                    name="ChangeAccount",
                    kind="update",
                    filters=(Parameter(column="Number", required=True),),
                    data=(
                        Parameter(column="Owner"),
                        Parameter(column="Opened"),
                        Parameter(column="Closed"),
                        Parameter(column="Balance"),
                    ),
                ),
                Procedure(name="Refused", kind="delete", filters=(Parameter(column="Number"),)),
                Procedure(name="Lost", kind="select", outputs=("Owner",)),
            ),
        ),
    ),
    variables=(Variable(name="region", description="Where the bank is."),),
)
ROWS = [
    [4711, "Ada <b>Lovelace</b>", "1250.00", "1998-04-01", False],
    [4712, "Ada Lovelace", None, "2003-11-30", True],
]
COLUMNS = (
    ("Number", "integer"), ("Owner", "text"), ("Balance", "decimal"), ("Opened", "date"),
    ("Closed", "boolean"),
)  # fmt: skip
TRAIL = [
    Try(1, (("vs1", 80), ("vs2", 20)), 100, 45, "vs1", "busy", "its limit of 2 sessions", 1.5),
    Try(1, (("vs2", 20),), 20, 11, "vs2", "offline", "no heartbeat for 12 s", 0.0),
]


class Made:
    """A caller that makes answers up."""

    async def call(self, call: Call) -> Any:
        if call.procedure == "Refused":
            problem = NoServerAvailable(
                user="anonymous",
                location="here",
                domain="d",
                kind="model",
                name="BankDemo",
                trail="",
            )
            problem.details |= {"trail": TRAIL, "left": [Left("vs3", 2, 100, "weight 0")]}
            raise problem
        if call.procedure == "Lost":
            raise UnknownScreen({"screen": SCREEN}, nearest="Menu", difference="row 1")
        screens = (
            Passed("SignOn", 12.0, SCREEN),
            Passed("Menu", 31.0, SCREEN.replace("User", "Menu")),
        )
        rows = ROWS if call.procedure == "FindAccounts" else []
        return Rows(COLUMNS if rows else (), rows, 3, ("SignOn", "Menu"), "vs2", 42.0,
                    screens if call.watch == "screens" else ())  # fmt: skip


def main() -> None:
    """Serve until the process is ended."""
    reactor: Any = installed
    settings = Settings(None, reactor)
    telemetry = Telemetry(settings, reactor)
    caller = telemetry.measured(Made())
    services, resource, site = parts(caller, settings, reactor, lambda *_: succeed(MODEL))
    resource.add(Explorer(services).routes)
    offer = Offer("model", MODEL.name, MODEL.name, MODEL.digest)
    services.saw("test", Offers("1", ((offer, ("10.0.0.1:1",)),)), settings.config)
    serve(site, reactor)


if __name__ == "__main__":
    main()
