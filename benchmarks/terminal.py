"""Our 3270 terminals beside tnz and s3270: screens per core-second, memory per session.

    python benchmarks/terminal.py [result.json]

Each engine drives the demo bank, in a process of its own, with the same transaction: account
enquiry, account detail with 11 fields read and checked, back to the menu: three screens. CPU is
that of the process (for s3270: of all its processes), without connecting and signing on. tnz (if
installed: `pip install tnz==0.6.8`) and s3270 (Debian) are left out with a word where absent.
"""

import importlib.util
import json
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import report

from verdigris.child_process import Process


HERE = Path(__file__).parent
TELLERS = 2_500
RUNS = (
    ("ours, 500 sessions", "ours", 500, 12_000),
    ("ours, 2,000 sessions", "ours", 2_000, 12_000),
    ("ours, 10,000 idle sessions", "idle", 10_000, 0),
    ("tnz, 500 sessions", "tnz", 500, 6_000),
    ("tnz, 2,000 sessions", "tnz", 2_000, 12_000),
    ("s3270, 500 sessions", "s3270", 500, 6_000),
)
BARS = {  # what has to be reached: issue "Terminals"
    "screens per core-second": 3_000,
    "ours / tnz": 2,
    "KiB per session": 20,
    "MiB of 10,000 idle sessions": 400,
}


def present(engine: str) -> bool:
    if engine == "tnz":
        return importlib.util.find_spec("tnz") is not None
    return engine != "s3270" or shutil.which("s3270") is not None


def main() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a session is a descriptor
    results: dict[str, object] = {}
    for name, engine, sessions, screens in RUNS:
        if not present(engine):
            print(f"left out: {name} ({engine} is not installed)", file=sys.stderr)
            continue
        with tempfile.TemporaryDirectory() as folder:
            arguments = ("hostemul", "bank", "--port", "0", "--motd-rate", "0")
            arguments += ("--tellers", str(TELLERS))
            banks = [
                Process(part, arguments, Path(folder)).start()
                for part in ("bank", "bank2")[: 2 if engine == "idle" else 1]
            ]
            try:
                last = banks[1].port() if engine == "idle" else screens
                ran = subprocess.run(
                    [sys.executable, str(HERE / "terminal_clients.py"), engine, str(banks[0].port()),
                     str(sessions), str(last)],
                    check=True, stdout=subprocess.PIPE, text=True, timeout=600,
                )  # fmt: skip
            finally:
                for bank in banks:
                    bank.kill()
        results[name] = json.loads(ran.stdout.splitlines()[-1])
    rate = "screens per core-second"
    for name, row in list(results.items()):
        if not name.startswith("ours"):
            ours = results[f"ours, {row['sessions']:,} sessions"][rate]  # type: ignore[index] # dicts
            results[f"ours / {name}"] = round(ours / row[rate], 2)  # type: ignore[index] # dicts
    report("terminal", {**results, "bars": BARS})


if __name__ == "__main__":
    main()
