"""A new model: files to start from, which `verdigris check` accepts."""

from typing import Final


MODEL: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<!-- Name, host and variables. Captured screens make the entities: `verdigris look FOLDER`. -->
<model xmlns="urn:verdigris:model:1" name="{name}" home="First" description="What this application does.">
  <host type="3270" model="IBM-3278-2-E" codepage="037" host="127.0.0.1" port="3270"/>
  <variables>
    <!-- What a sign-on types; a pool gives each session a row of deploy/mvl_desc.xml. -->
    <variable name="userID" initialize="true"/>
    <variable name="password" secret="true" read="false" initialize="true"/>
  </variables>
</model>
"""

ENTITY: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<!-- One screen. Its signature has to show on no other one; `check -v` says what each attribute reads. -->
<entity xmlns="urn:verdigris:model:1" name="First">
  <signature><text row="1" column="1">REPLACE THIS</text></signature>
  <attribute name="Message" row="24" column="2" length="78"/>
  <!-- <attribute name="UserId" row="12" column="37" length="8" access="write"/>
  <operation name="SignOn" destination="MainMenu" default="true" needs="userID password">
    <WriteVarToAttr attribute="UserId" variable="userID"/>
    <TransmitTerminalKey key="Enter"/>
  </operation> -->
</entity>
"""

TABLE: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<!-- What clients call. -->
<table xmlns="urn:verdigris:model:1" name="Messages">
  <column name="Text"/>
  <procedure name="ReadMessage" type="SELECT" read-only="true">
    <output column="Text"/>
    <path><at entity="First"><read attribute="Message" column="Text"/></at></path>
  </procedure>
</table>
"""

DEPLOYMENT: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<!-- How the model is deployed: without a pool, each call opens a session of its own. -->
<model-configuration-descriptor xmlns="http://www.wrq.com/vhi" model-name="{name}" version="1.0">
  <pool-configuration name="{name}Pool">
    <startup-entity>First</startup-entity>
    <max-concurrent-sessions>2</max-concurrent-sessions>
    <initial-idle-sessions>1</initial-idle-sessions>
    <model-variable-lists><model-variable-list name="Users"/></model-variable-lists>
  </pool-configuration>
</model-configuration-descriptor>
"""

LISTS: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<!-- One row for each session: a host that allows one sign-on per user notices when two share a row. -->
<model-variable-lists xmlns="http://www.wrq.com/vhi" model-name="{name}">
  <model-variable-list name="Users" variables="userID password">
    <row userID="USER1" password="replace1"/>
    <row userID="USER2" password="replace2"/>
  </model-variable-list>
</model-variable-lists>
"""

FILES: Final = {
    "model/model.xml": MODEL,
    "model/entities/First.xml": ENTITY,
    "model/tables/Messages.xml": TABLE,
    "deploy/deploy_desc.xml": DEPLOYMENT,
    "deploy/mvl_desc.xml": LISTS,
}


def skeleton(name: str) -> dict[str, str]:
    """The files of a new model by their paths in its folder.

    Args:
        name: of the model.
    """
    return {path: text.replace("{name}", name) for path, text in FILES.items()}
