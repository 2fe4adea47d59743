"""The installation in force, as the management server on this machine has it on its disk."""

from verdigris.config import installation
from verdigris.config.installation import Installation, InstallationSecurity
from verdigris.config.mgmtsrvr import ManagementConfig
from verdigris.config.watch import read_file
from verdigris.errors import ConfigurationError, Problem


def in_force(config: ManagementConfig) -> Installation:
    """The document in force; of a store in etcd its copy, since the file is the first version alone.

    Raises:
        ConfigurationError: it cannot be used.
    """
    file = config.installation
    copy = file.with_name(file.name + ".copy")
    if config.store.etcd is not None and copy.exists():
        file = copy
    return installation.parse(read_file(file), str(file))


def security_of(config: ManagementConfig) -> tuple[Installation, InstallationSecurity]:
    """The installation in force, and its security.

    Raises:
        ConfigurationError: it cannot be used, or security is off.
    """
    found = in_force(config)
    if found.security is None or config.identity is None:
        file = str(config.installation)
        said = "security is off: `verdigris init` sets up an installation with an authority"
        raise ConfigurationError.of(file, [Problem(file, 0, said)])
    return found, found.security
