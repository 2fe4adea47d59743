"""The modules of others: by hash, from a registry or not at all, and only what the lock names."""

import base64
import hashlib
import io
import os
import tarfile

import pytest

from verdigris.web.modules import (
    LOCK,
    STAMP,
    VENDOR,
    Module,
    NotTheModule,
    importable,
    locked,
    rewritten,
    unpack,
)


def package(files):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return made.getvalue()


def module(content, files):
    digest = base64.b64encode(hashlib.sha512(content).digest()).decode()
    return Module("toy", "1.0", "MIT", "toy/-/toy-1.0.tgz", f"sha512-{digest}", files)


GOOD = package(
    {
        "dist/toy.mjs": b'import{a as b}from"other";export{b};\n//# sourceMappingURL=x.map',
        "LICENSE": b"MIT",
    }
)


def test_the_named_files_are_taken_and_import_files_beside():
    found = unpack(module(GOOD, {"dist/toy.mjs": "toy.js"}), GOOD, {"other": "other.js"})
    assert found == {"toy.js": b'import{a as b}from"./other.js";export{b};'}


def test_a_package_of_another_hash_is_refused():
    changed = GOOD[:-1] + b"x"
    with pytest.raises(NotTheModule, match="not the package of the lock"):
        unpack(module(GOOD, {"LICENSE": "l"}), changed, {})


def test_a_file_that_is_missing_is_told():
    with pytest.raises(NotTheModule, match=r"has no dist/no\.mjs"):
        unpack(module(GOOD, {"dist/no.mjs": "no.js"}), GOOD, {})


def test_an_import_of_what_is_not_there_is_refused():
    with pytest.raises(NotTheModule, match="'elsewhere'"):
        rewritten(b'import x from "elsewhere"', {})


def test_relative_imports_stay():
    assert rewritten(b'import x from "./y.js";', {}) == b'import x from "./y.js";'


def test_folders_of_a_package_are_imported_by_its_name():
    names = importable(locked(LOCK.read_bytes()))
    assert names == {"preact": "preact.js", "preact/hooks": "hooks.js", "htm": "htm.js"}


@pytest.mark.skipif(
    not VENDOR.is_dir() and not os.environ.get("CI"),
    reason="not fetched: python -m verdigris.web.modules",
)
def test_the_folder_has_what_the_lock_names_and_nothing_else():
    wanted = {name for it in locked(LOCK.read_bytes()) for name in it.files.values()}
    assert {path.name for path in VENDOR.iterdir()} == {*wanted, STAMP}
    assert (VENDOR / STAMP).read_bytes() == LOCK.read_bytes()
