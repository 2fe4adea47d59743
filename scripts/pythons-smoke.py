"""What scripts/pythons does with an installed wheel: commands, then one SOAP and one REST call on each request path."""

import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import verdigris
from sesssrvr.cli.model_files import built
from verdigris.values import Endpoint
from verdigris_command.demo.fleet import Fleet, Member
from verdigris_command.demo.soap_caller import SoapCaller
from verdigris_command.package_data import example


POOL = "BankPool"
PATIENCE = 60.0


def command(*words: str) -> str:
    """Run the installed `verdigris`; an exit status that is not 0 ends this program."""
    program = Path(sys.executable).with_name("verdigris")
    done = subprocess.run(
        [program, *words], capture_output=True, text=True, check=False, timeout=60
    )
    if done.returncode:
        sys.exit(f"verdigris {' '.join(words)}: {done.returncode}: {done.stderr}")
    return done.stdout


def rest(url: str) -> int:
    """Rows of a REST call."""
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:  # noqa: S310 - loopback
        return len(json.load(answer)["rows"])


def calls(folder: Path, path: str) -> None:
    """One call over SOAP and one over REST on a request path."""
    package = built(example("BankDemo"))[0]
    with Fleet(
        folder, package, members=(Member("vs1", 100, 1),), plugin={"requestPath": path}
    ) as fleet:
        fleet.start()
        caller = SoapCaller(Endpoint("127.0.0.1", fleet.port("gateway")), fleet.model, POOL)
        end = time.monotonic() + PATIENCE
        while not (caller.servers_online(fleet.administration, POOL) and caller.published()):
            if time.monotonic() > end:
                sys.exit("the pool did not come up")
            time.sleep(0.1)
        outcome = caller.call(timeout=30)
        if not outcome.server:
            sys.exit(f"SOAP, {path}: {outcome}")
        at = fleet.url().removesuffix("vhi-ws")
        rows = rest(f"{at}vhi-rs/session/{POOL}/customerSearch?LastName=ABERNATHY")
        print(f"  {path}: SOAP on {outcome.server}, REST {rows} rows")


def main() -> None:
    """All of it."""
    if Path(verdigris.__file__).is_relative_to(Path(__file__).parents[1]):
        sys.exit("this is the checkout, not the wheel")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command("sample", "BankDemo", str(folder / "BankDemo"))
        command("check", str(folder / "BankDemo"))
        for file in ("plugin-cfg.xml", "installation.xml", "mgmtsrvr.xml", "sesssrvr.xml"):
            (folder / file).write_text(command("sample", file))
        command("check", *(str(path) for path in folder.glob("*.xml")))
        for part in ("gateway", "management-server", "session-server", "host-emulator"):
            command(part, "--help")
        for path in ("compiled", "spyne"):
            (folder / path).mkdir()
            calls(folder / path, path)


if __name__ == "__main__":
    main()
