"""docs/reference/configuration.md, made from the same tables, samples and schemas that read the files."""

from verdigris.config import installation, mgmtsrvr, plugin_cfg, sesssrvr


HEAD = """\
# Configuration

Files people edit are XML. Each has one schema, which reads it, checks it, documents it here and lets editors complete
it. `verdigris check FILE ...` tells every problem of every file, with its line. Made by
`python -m verdigris.config.reference_page`; a test holds it equal.

| file | whose | schema | after an edit |
| --- | --- | --- | --- |
| `plugin-cfg.xml` | gateway | `verdigris/config/plugin-cfg.xsd` | in force on the next request |
| `installation.xml` | management server | `verdigris/config/installation.xsd` | in force at once |
| `mgmtsrvr.xml` | management server | `verdigris/config/mgmtsrvr.xsd` | at the next start |
| `sesssrvr.xml` | session server | `verdigris/config/sesssrvr.xsd` | at the next start |
| a model, `deploy_desc.xml`, `mvl_desc.xml` | session servers, in a package | [models.md](models.md) | when deployed |

A broken edit of a watched file is reported with file and line, in the log and on the pages that show the state, and
the last good version stays in force. Programs write atomically: a temporary file, fsync, rename.
"""


def page() -> str:
    """The whole page."""
    return "\n".join(
        [
            HEAD,
            "## plugin-cfg.xml\n",
            (
                'Java-properties XML, as VHI\'s: `<entry key="domainName">mydomain1</entry>`. A key that is not listed '
                "is an error, with a suggestion. The sample is [plugin-cfg.example.xml](../../plugin-cfg.example.xml).\n"
            ),
            _keys(),
            _sample("installation.xml", installation.sample()),
            _sample("mgmtsrvr.xml", mgmtsrvr.sample()),
            _sample("sesssrvr.xml", sesssrvr.sample()),
        ]
    )


def _keys() -> str:
    rows = ["| key | sample | meaning |", "| --- | --- | --- |"]
    for key in plugin_cfg.KEYS:
        sample = f"`{key.sample}`" if key.sample else ""
        restart = " A change needs a restart." if key.restart else ""
        rows.append(f"| `{key.name}` | {sample} | {key.meaning}{restart} |")
    name, sample = plugin_cfg.NAMED_SAMPLE
    rows.append(f"| `{name}` | `{sample}` | {plugin_cfg.NAMED_MEANING} |")
    return "\n".join(rows) + "\n"


def _sample(name: str, text: str) -> str:
    return f"## {name}\n\n```xml\n{text.rstrip()}\n```\n"


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - this is what it is called for
