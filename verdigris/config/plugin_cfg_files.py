"""The sample of plugin-cfg.xml and its schema for editors, written from the table of keys.

Law: both say what `plugin_cfg.KEYS` says, word for word; the files in the repository are held equal
to them by a test.
"""

from typing import Final

from verdigris.config.plugin_cfg import DOCTYPE, KEYS, NAMED_MEANING, NAMED_SAMPLE, Key


def sample() -> str:
    """The sample file: every key, commented out but for `domainName`."""
    head = (
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
        f"{DOCTYPE}\n"
        "<properties>\n"
        "  <comment>Verdigris gateway. An edit takes effect within a second. An invalid edit is "
        "reported, and the last valid version stays in use.</comment>\n"
    )
    entries = [_entry(key.name, key.sample, _meaning(key)) for key in KEYS]
    return head + "".join(entries) + _entry(*NAMED_SAMPLE, NAMED_MEANING) + "</properties>\n"


def _meaning(key: Key) -> str:
    return key.meaning + (" A change needs a restart." if key.restart else "")


def _entry(name: str, value: str, meaning: str) -> str:
    comment = "".join(f"       {part}\n" for part in _wrapped(meaning)).strip()
    entry = f'<entry key="{name}">{value}</entry>'
    if name == "domainName":
        return f"\n  <!-- {comment} -->\n  {entry}\n"
    return f"\n  <!-- {comment}\n  {entry}\n  -->\n"


def _wrapped(text: str, width: int = 90) -> list[str]:
    lines = [""]
    for word in text.replace("--", "-").split():
        if len(lines[-1]) + len(word) + 1 > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def xsd() -> str:
    """The schema for editors that complete and check while typing."""
    keys = "".join(
        f'          <xs:enumeration value="{key.name}">\n'
        f"            <xs:annotation><xs:documentation>{_escaped(_meaning(key))}"
        "</xs:documentation></xs:annotation>\n"
        "          </xs:enumeration>\n"
        for key in KEYS
    )
    return _XSD.replace("@KEYS@", keys)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


_XSD: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<!-- Java properties XML with the gateway's keys; made from verdigris/config/plugin_cfg.py. -->
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:element name="properties">
    <xs:complexType>
      <xs:choice minOccurs="0" maxOccurs="unbounded">
        <xs:element name="comment" type="xs:string"/>
        <xs:element name="entry">
          <xs:complexType><xs:simpleContent><xs:extension base="xs:string">
            <xs:attribute name="key" type="key" use="required"/>
          </xs:extension></xs:simpleContent></xs:complexType>
        </xs:element>
      </xs:choice>
      <xs:attribute name="version" type="xs:string"/>
    </xs:complexType>
    <xs:unique name="once"><xs:selector xpath="entry"/><xs:field xpath="@key"/></xs:unique>
  </xs:element>
  <xs:simpleType name="key">
    <xs:union>
      <xs:simpleType>
        <xs:restriction base="xs:string">
@KEYS@        </xs:restriction>
      </xs:simpleType>
      <xs:simpleType>
        <xs:restriction base="xs:string">
          <xs:pattern value="namespace\\.(model|session)\\..+"/>
        </xs:restriction>
      </xs:simpleType>
    </xs:union>
  </xs:simpleType>
</xs:schema>
"""
