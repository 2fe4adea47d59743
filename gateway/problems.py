"""Several errors of one request at once, in order: people should not have to find them singly."""

from collections.abc import Sequence

from verdigris.errors import VerdigrisError
from wsdl import SoapVersion


class Problems(Exception):
    """Everything found wrong with a request.

    Attributes:
        errors: at least one, the first is the fault's sentence.
        version: of the message, where that is known although it is refused.
        code: a SOAP fault code other than client or server: "VersionMismatch" or "MustUnderstand".
        status: of HTTP, where HTTP and not SOAP has one for it (413, 429); 0 elsewhere.
    """

    def __init__(self, errors: Sequence[VerdigrisError], code: str = "", status: int = 0) -> None:
        self.errors = tuple(errors)
        self.code = code
        self.status = status
        self.version: SoapVersion | None = None
        super().__init__("; ".join(str(error) for error in self.errors))

    @classmethod
    def of(cls, error: VerdigrisError, code: str = "", status: int = 0) -> "Problems":
        """A single one."""
        return cls((error,), code, status)
