"""Model packages: a .zip of the model, its deployment descriptor and its variable lists.

    model/model.xml  model/entities/*.xml  model/tables/*.xml  model/screens/*.txt
    deploy/deploy_desc.xml  deploy/mvl_desc.xml

Law: pure over bytes. Nothing is unpacked to a disk, names outside these folders are refused, and
sizes are limited before anything is read. The same files give the same package, byte for byte.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sesssrvr.model.deployment import Deployment, VariableList
from sesssrvr.model.model import Model
from verdigris.errors import Problem


@dataclass(frozen=True, slots=True, repr=False)
class Package:
    """A package that can be used.

    Attributes:
        name: the model's name.
        deployment: None when the package has no descriptor: only the model is updated then, pools
            and lists stay as they are (product facts 5.4).
        digest: of the package's files; the same files have the same digest.
        warnings: what is worth a look.
    """

    name: str
    model: Model
    deployment: Deployment | None
    variable_lists: tuple[VariableList, ...]
    digest: str
    warnings: tuple[Problem, ...] = ()

    def __repr__(self) -> str:
        pools = len(self.deployment.pools) if self.deployment else 0
        lists = len(self.variable_lists)
        return f"<Package {self.name} {self.digest[:12]} [{pools} pools, {lists} lists]>"


def read_package(data: bytes, file: str = "package") -> Package:
    """Read a package.

    Args:
        data: the .zip file.
        file: its name, for problems.

    Raises:
        BadPackage: with every problem found.
    """
    raise NotImplementedError


def build_package(files: Mapping[str, bytes]) -> bytes:
    """Build a package from the files of a model's folder, after checking them.

    Args:
        files: contents by path relative to the folder, with `/`, such as `model/model.xml`.

    Raises:
        BadPackage: with every problem found.
    """
    raise NotImplementedError
