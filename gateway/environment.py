"""Environment block of a request, and the choice of the domain.

The DomainName of the request counts before plugin-cfg.xml; given and empty it means "no domain"
(product facts 2.2 and 7.6). A session id names its session server, so no domain is needed for it.
"""

from typing import Final

from gateway.call import Environment
from verdigris.metadata import ColumnType
from verdigris.values import NOBODY, Credentials
from verdigris.wire import Values
from wsdl import ENVIRONMENT


KINDS: Final[dict[str, ColumnType]] = {
    setting.name: "text" if setting.type == "string" else "integer" for setting in ENVIRONMENT
}
"""The column type each setting is decoded as."""


def environment_of(settings: Values) -> Environment:
    """The environment of a request from its decoded elements.

    ConnectionTimeout comes in seconds and MethodTimeout in milliseconds, as the connectors have
    them (product facts 9.3).
    """
    domain = settings.get("DomainName")
    user, password = str(settings.get("Username") or ""), str(settings.get("Password") or "")
    connection, method = settings.get("ConnectionTimeout"), settings.get("MethodTimeout")
    rows = settings.get("MaxRows")
    return Environment(
        domain=None if domain is None else str(domain).strip(),
        session=str(settings.get("SessionID") or "").strip(),
        credentials=Credentials(user, password) if user or password else NOBODY,
        connection_timeout=None if connection is None else float(connection),
        method_timeout=None if method is None else float(method) / 1000,
        max_rows=None if rows is None else int(rows),
    )


def chosen_domain(environment: Environment, configured: str) -> str:
    """The domain a call goes through; "" is the configured session server directly.

    Args:
        environment: of the request.
        configured: `domainName` of plugin-cfg.xml.
    """
    if environment.session:
        return ""
    return configured if environment.domain is None else environment.domain
