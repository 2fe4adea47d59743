"""The client API of Verdigris: sessions of terminal applications, and calls of their procedures.

Asynchronous, on Twisted: every method that talks to a server returns a Deferred, which a coroutine
awaits. `verdigris.connector.blocking` has the same names for programs without a reactor, and
`verdigris.connector.testing` has fakes of both.

    from twisted.internet.defer import ensureDeferred
    from twisted.internet.task import react

    from verdigris.connector import Connector, Target

    async def main(reactor):
        connector = Connector(reactor, management_servers=["127.0.0.1:9641"])
        rows = await connector.call(
            Target.model("BankDemo", domain="retail"),
            "Customers", "SearchCustomers", {"Name": "SMITH"},
        )
        for row in rows:
            print(row["Name"], row["Balance"])

    react(lambda reactor: ensureDeferred(main(reactor)))
"""

from verdigris.connector.attempts import Attempt
from verdigris.connector.call_options import Options
from verdigris.connector.connector import Connector
from verdigris.connector.offers import Watch
from verdigris.connector.results import CallReport, ResultColumn, ResultSet, Row
from verdigris.connector.session import Session
from verdigris.connector.session_calls import ErrorMessage
from verdigris.connector.targets import Suspended, Target
from verdigris.identity import Security


__all__ = [
    "Attempt",
    "CallReport",
    "Connector",
    "ErrorMessage",
    "Options",
    "ResultColumn",
    "ResultSet",
    "Row",
    "Security",
    "Session",
    "Suspended",
    "Target",
    "Watch",
]
