"""Parts set up by the commands that users type, as real processes on addresses of loopback."""

import itertools
import json
import os
import re
import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path

from verdigris.child_process import Process


VERDIGRIS = str(Path(sys.executable).with_name("verdigris"))


class Machines:
    """Machines that are folders: each has an address of its own in 127.0.0.0/8.

    Args:
        folder: of all of them.
        net: the third number of the addresses, so that runs side by side do not meet.
    """

    def __init__(self, folder, net):
        self.folder = folder
        self._net = net
        self._last = itertools.count(2)
        self._commands = []
        self.processes = {}
        self.addresses = {}
        self.environment = {"VERDIGRIS_LOGINS": str(folder / "logins.json")}

    @property
    def commands(self):
        """How many commands have been typed."""
        return len(self._commands)

    def address(self):
        return f"127.{self._net}.{next(self._last)}"  # also for several threads

    def command(self, *arguments, stdin=subprocess.DEVNULL, **environment):
        self._commands.append(arguments)
        return subprocess.run(
            [VERDIGRIS, *map(str, arguments)],
            capture_output=True, text=True, check=False, timeout=60, cwd=self.folder, stdin=stdin,
            env={**os.environ, **self.environment, **environment},
        )  # fmt: skip

    def give(self, *arguments, text):
        """Run a command that reads a line from a pipe."""
        with (self.folder / ".given").open("w+") as pipe:
            pipe.write(text + "\n")
            pipe.seek(0)
            found = self.command(*arguments, stdin=pipe)
        (self.folder / ".given").unlink()
        assert found.returncode == 0, (arguments, found.stdout, found.stderr)

    def done(self, *arguments, **environment):
        found = self.command(*arguments, **environment)
        assert found.returncode == 0, (arguments, found.stdout, found.stderr)
        return found.stdout

    def start(self, name, module, settings):
        process = Process(name, [module, "--config", str(self.folder / settings)], self.folder)
        self.processes[name] = process
        return process.start()

    def close(self):
        for process in self.processes.values():
            process.ask_to_end()
        for process in self.processes.values():
            process.stop(3.0)

    def log(self, name):
        return self.processes[name].log.read_text()

    def logs(self):
        return {path.stem: path.read_text() for path in self.folder.glob("*.log")}


class Installation(Machines):
    """An installation that `verdigris init` has set up, its management server running."""

    PASSWORD = "correct horse"

    def init(self, name="m1", certificate_days=None, etcd=(), store="", **environment):
        """Set it up and start it; `store` is another element `<store>` of its settings."""
        self.m1 = self.address()
        said = self.done(
            "init", name, "--name", name, "--address", self.m1, "--api", f"{self.m1}:8095",
            "--no-start", *(it for url in etcd for it in ("--etcd", url)), VERDIGRIS_PASSWORD=self.PASSWORD, **environment,
        )  # fmt: skip
        self.fingerprint = re.search(r"SHA-256:\s+(\S+)", said)[1]
        settings = self.folder / name / "mgmtsrvr.xml"
        if store:
            settings.write_text(settings.read_text().replace("  <identity ", f"{store}<identity "))
        if certificate_days is not None:
            short = f'"authority" certificate-days="{certificate_days}"'
            settings.write_text(settings.read_text().replace('"authority"', short))
        self.start(name, "mgmtsrvr", f"{name}/mgmtsrvr.xml")
        self.authorities = self.folder / name / "identity" / "authorities.pem"
        self.login()
        return said

    @property
    def api(self):
        return f"https://{self.m1}:8095"

    def login(self, user="admin", password=PASSWORD):
        """Log in: later commands use it."""
        return self.done(
            "login", "--user", user, "--api", self.api, "--trust", self.authorities,
            VERDIGRIS_PASSWORD=password,
        )  # fmt: skip

    def join(self, role, name, *more, token="", **environment):
        """The outcome of `verdigris join`, without a start."""
        self.addresses[name] = self.address()
        by = ("--token", token) if token else ("--user", "admin", "--fingerprint", self.fingerprint)
        password = {} if token else {"VERDIGRIS_PASSWORD": self.PASSWORD}
        return self.command(
            "join", name, "--management", self.m1, "--role", role, "--name", name,
            "--address", self.addresses[name], "--no-start", *by, *more, **{**password, **environment},
        )  # fmt: skip

    def joined(self, role, name, *more, **how):
        found = self.join(role, name, *more, **how)
        assert found.returncode == 0, found.stderr
        files = {
            "session-server": "sesssrvr",
            "gateway": "plugin-cfg",
            "management-server": "mgmtsrvr",
        }
        module = {
            "session-server": "sesssrvr",
            "gateway": "gateway",
            "management-server": "mgmtsrvr",
        }
        return self.start(name, module[role], f"{name}/{files[role]}.xml")

    def token(self, role, *more):
        return self.done(
            "token", "create", "--role", role, "--config", "m1/mgmtsrvr.xml", *more
        ).strip()

    def get(self, url):
        saved = json.loads((self.folder / "logins.json").read_text())["logins"][self.api]
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {saved['token']}"})  # noqa: S310 - ours
        tls = ssl.create_default_context(cafile=self.authorities)
        with urllib.request.urlopen(request, timeout=10, context=tls) as answer:  # noqa: S310 - ours
            return answer.read()
