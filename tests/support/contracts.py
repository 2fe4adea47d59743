"""A model with every type, bound and kind of procedure that a contract can hold."""

from functools import cache
from pathlib import Path

from sesssrvr.model import build_package, read_folder, read_package
from verdigris.metadata import Column, Model, Parameter, Procedure, Table, Variable
from wsdl import Contract, contract_of, default_namespace


ROOT = Path(__file__).parents[2]

COLUMNS = (
    Column(
        name="Key",
        type="integer",
        key=True,
        minimum="1",
        maximum="99999",
        description="Account number.",
    ),
    Column(name="Name", max_length=30, min_length=1, description="Surname <first> & given name."),
    Column(name="Pin", secret=True, min_length=4, max_length=4),
    Column(name="Balance", type="decimal", fraction_digits=2, minimum="-1000.00", unit="EUR"),
    Column(name="Opened", type="date", minimum="1990-01-01", maximum="2099-12-31"),
    Column(name="Locked", type="boolean"),
    Column(name="Bemerkung_Größe", description="A letter beyond ASCII in the name."),
    Column(name="class"),
)


def takes(*names: str) -> tuple[Parameter, ...]:
    return tuple(Parameter(column=n.rstrip("!"), required=n.endswith("!")) for n in names)


EVERYTHING = Model(
    name="Every-Thing",
    version="2026-01-01T00:00:00Z",
    description="Every type.",
    tables=(
        Table(
            name="Accounts",
            columns=COLUMNS,
            procedures=(
                Procedure(
                    name="Search",
                    kind="select",
                    filters=takes("Key", "Name!", "Pin!", "Balance", "Opened", "Locked", "class"),
                    outputs=(
                        "Key",
                        "Name",
                        "Balance",
                        "Opened",
                        "Locked",
                        "Bemerkung_Größe",
                        "class",
                    ),
                    read_only=True,
                    description="Finds accounts.",
                ),
                Procedure(name="All", kind="select", outputs=("Key",)),
                Procedure(
                    name="Open", kind="insert", data=takes("Key!", "Name!", "Balance", "Opened")
                ),
                Procedure(
                    name="Change",
                    kind="update",
                    filters=takes("Key!"),
                    data=takes("Name", "Locked"),
                ),
                Procedure(name="Close", kind="delete", filters=takes("Key!")),
                Procedure(name="Hidden", kind="select", hidden=True, outputs=("Key",)),
            ),
        ),
    ),
    variables=(
        Variable(name="userID", description="Host user."),
        Variable(name="password", secret=True, readable=False),
        Variable(name="region", writable=False),
    ),
)


@cache
def contract_of_example(name: str) -> Contract:
    folder = ROOT / "examples" / name
    model = read_package(build_package(read_folder(folder))).model.metadata()
    return contract_of(model, namespace=default_namespace("model", model.name, model.name))
