"""Target namespaces of services, in every form a 7.x client may have been generated with.

Law (tests/wsdl/test_contract.py): a namespace depends on nothing but the service's kind, its name,
its model's name and the form.
"""

from typing import Final, Literal


NamespaceForm = Literal["7.5", "7.0"]
"""The release whose default is used: "7.5" since 7.5 SP1, "7.0" from 7.0 to 7.5 (product facts 7.3)."""

PREFIX: Final = "urn:xmlns:attachmate:vhi-ws:"


def default_namespace(
    kind: str, name: str, model: str, *, form: NamespaceForm = "7.5", prefix: str = ""
) -> str:
    """The namespace of a service without a configured one.

    Args:
        kind: "model" or "pool".
        name: the model's or pool's name.
        model: the model's name.
        form: the release whose default is used.
        prefix: the prefix of the model's name, instead of the default one (form 7.5 only).
    """
    if form == "7.0":
        return f"{PREFIX}session:{name}" if kind == "pool" else f"{PREFIX}model:{name}"
    return f"{prefix or PREFIX}{model}"
