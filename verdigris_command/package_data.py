"""Files that are no Python and belong to an installation: example models and systemd units.

A wheel carries them inside this package (`force-include` in pyproject.toml); in a checkout they
lie in `examples` and `deploy`, where people look for them.
"""

from pathlib import Path
from typing import Final


HERE: Final = Path(__file__).parent
CHECKOUT: Final = HERE.parent


def example(name: str) -> Path:
    """The folder of an example model, such as BankDemo."""
    return _folder("examples") / name


def examples() -> tuple[str, ...]:
    """The names of the example models."""
    found = _folder("examples").glob("*/model/model.xml")
    return tuple(sorted(path.parent.parent.name for path in found))


def units() -> tuple[Path, ...]:
    """The systemd units."""
    packaged = HERE / "units"
    folder = packaged if packaged.is_dir() else CHECKOUT / "deploy" / "systemd"
    return tuple(sorted(folder.glob("*.service")))


def _folder(name: str) -> Path:
    packaged = HERE / name
    return packaged if packaged.is_dir() else CHECKOUT / name
