"""Pools against procedures: detours over the sign-on, and callers' values that nothing uses."""

import pytest

from sesssrvr.model.package import check_package


MODEL = """<model xmlns="urn:verdigris:model:1" name="Club" home="{home}">
  <host type="3270" model="IBM-3278-2" host="h" port="23"/>
  <variables><variable name="userID" initialize="true"/></variables>
  <entity name="Logon"><signature><text row="1" column="1">LOGON</text></signature>
    <attribute name="User" row="2" column="1" length="8" access="write"/>
    <operation name="LogOn" destination="Menu" default="true" needs="userID">
      <WriteVarToAttr attribute="User" variable="userID"/><TransmitTerminalKey key="Enter"/>
    </operation></entity>
  <entity name="Menu"><signature><text row="1" column="1">MENU</text></signature>
    <attribute name="Who" row="2" column="1" length="8"/>
    <operation name="LogOff" destination="Logon" default="true"><TransmitTerminalKey key="PF3"/></operation>
  </entity>
  <table name="Users"><column name="Username"/><column name="Who"/>
    <procedure name="WhoAmI" type="SELECT" read-only="true"{own}>
      <filter column="Username" variable="userID"/><output column="Who"/>
      <path><at entity="Menu"><read attribute="Who" column="Who"/></at></path></procedure></table>
</model>"""
POOL = """<pool-configuration name="{name}"><startup-entity>{start}</startup-entity>
  <max-concurrent-sessions>1</max-concurrent-sessions>{variables}</pool-configuration>"""
BOB = '<model-variables><model-variable name="userID" value="bob"/></model-variables>'


def warnings(*pools, home="Logon", own=""):
    """The warnings of lint on pools: (name, startup entity, variables)."""
    listed = "".join(POOL.format(name=n, start=s, variables=v) for n, s, v in pools)
    files = {
        "model/model.xml": MODEL.format(home=home, own=own).encode(),
        "deploy/deploy_desc.xml": (
            '<model-configuration-descriptor xmlns="http://www.wrq.com/vhi" model-name="Club" '
            f'version="1.0">{listed}</model-configuration-descriptor>'
        ).encode(),
    }
    said = [str(one) for one in check_package(files)]
    assert not [one for one in said if ": error:" in one], said
    return [one for one in said if "captured screen" not in one]


def test_a_pool_that_waits_behind_the_home_of_a_procedure_is_told():
    """A first model's home is the first screen; its pool waits signed on."""
    told = warnings(("Signed", "Menu", BOB))
    assert any(
        "sessions wait on Menu, and procedure Users.WhoAmI begins at its home Logon" in one
        and "(operation LogOff)" in one
        and 'home="Menu"' in one
        for one in told
    ), told


@pytest.mark.parametrize(
    ("home", "own"), [("Menu", ""), ("Logon", ' home="Menu"')], ids=["of the model", "its own"]
)
def test_a_procedure_at_home_where_the_pool_waits_takes_no_detour(home, own):
    assert not [
        one for one in warnings(("Signed", "Menu", BOB), home=home, own=own) if "wait on" in one
    ]


def test_a_pool_in_front_of_the_home_goes_there_anyway():
    assert warnings(("Fresh", "Logon", ""), home="Menu") == []


def test_a_filter_for_a_sign_on_that_every_session_has_behind_it_is_told():
    told = warnings(("Signed", "Menu", BOB), home="Menu")
    assert len(told) == 1, told
    assert "Username sets variable userID, which only operation LogOn of Logon uses" in told[0]
    assert "sessions of pool Signed" in told[0]


def test_a_pool_that_has_no_user_waits_for_that_of_a_caller():
    assert warnings(("Fresh", "Menu", ""), home="Menu") == []
    assert warnings(("Signed", "Menu", BOB), ("Fresh", "Logon", ""), home="Menu") == []
