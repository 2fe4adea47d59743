"""VHI's connector methods that need no message of their own: answered from what the connector knows.

With `call_table` they make up the interface of docs/reference/session-calls.md.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class LocalMethod:
    """A method or property of VHI's connectors and what takes its place.

    Attributes:
        name: VHI's.
        place: ours, of the classes `Connector` and `Session` of `verdigris.connector`.
        note: what differs; "" for nothing.
    """

    name: str
    place: str
    note: str = ""


LOCAL_METHODS: Final = (
    LocalMethod("ConnectToModel", "Connector.connect_to_model"),
    LocalMethod("ConnectToModelViaDomain", "Connector.connect_to_model_via_domain"),
    LocalMethod("ConnectToSession", "Connector.connect_to_session"),
    LocalMethod("ConnectToSessionViaDomain", "Connector.connect_to_session_via_domain"),
    LocalMethod("ConnectionTimeout", "Connector.connect_to_model", "option `connection_timeout`"),
    LocalMethod("Disconnect", "Session.disconnect"),
    LocalMethod("IsConnected", "Session.is_connected"),
    LocalMethod(
        "RequireSecureConnection", "Connector",
        "argument `security`: with it nothing but TLS is spoken",
    ),
    LocalMethod("IsSecureConnection", "Session.is_secure_connection"),
    LocalMethod("SuspendConnection", "Session.suspend"),
    LocalMethod("ResumeConnection", "Connector.resume"),
    LocalMethod("GetSessionID", "Session.session_id"),
    LocalMethod("ServerName", "Session.server"),
    LocalMethod("ModelName", "Session.model"),
    LocalMethod("ModelVersionString", "Session.version"),
    LocalMethod("SessionType", "Session.session_type", 'a text: "3270", "5250", "VT"'),
    LocalMethod("GetLastRequestID", "Session.request_id"),
    LocalMethod("SetMethodTimeout", "Session.method_timeout", "in seconds; a property"),
    LocalMethod("GetMethodTimeout", "Session.method_timeout", "in seconds; a property"),
    LocalMethod("GetVersionString", "Session.version_string"),
    LocalMethod("GetMajorVersion", "Session.version_string", "its first number"),
    LocalMethod("GetMinorVersion", "Session.version_string", "its second number"),
    LocalMethod("LastErrorMessageList", "Session.last_error_message_list"),
    LocalMethod("ErrorScreen", "Session.error_screen"),
    LocalMethod("MetaDataOnly", "Connector.describe", "a call of its own: no session is opened"),
)  # fmt: skip
