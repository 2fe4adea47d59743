"""A model's folder on disk: the one place of this package that reads files."""

from pathlib import Path


def read_folder(folder: Path) -> dict[str, bytes]:
    """The files of a model's folder by path, for `build_package` and `check_package`.

    Hidden files and folders (a leading point) are left out.

    Raises:
        OSError: it cannot be read.
    """
    return {
        str(path.relative_to(folder).as_posix()): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }
