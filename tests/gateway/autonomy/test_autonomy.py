"""The gateway's allocation table: when it may be used, how old it is, where it is kept."""

from dataclasses import replace

import msgspec
import pytest
from twisted.internet.task import Clock
from twisted.logger import LogLevel, capturedLogs

from gateway.autonomy import kept_table
from gateway.autonomy.autonomy import KEEP_EVERY, LONGEST, Autonomy
from gateway.settings import Settings
from verdigris.connector.own_allocation import OwnAllocation
from verdigris.wire import AllocationTable, Offer, Offers, TableDomain, TableMember, TableServer


BANK = Offer("model", "BankDemo", "BankDemo", "d")
TABLE = AllocationTable(
    "t1",
    "home",
    (TableServer("A", "10.0.1.1:9623", "up", (0,)), TableServer("B", "", "up", (0,))),
    (TableDomain("d", (TableMember("A", 80, 1),)),),
    (BANK,),
)
SAME = AllocationTable("t1")
OTHER = msgspec.structs.replace(TABLE, revision="t2", domains=())


class World:
    """A gateway's autonomy on a clock; `alone` is whether no management server answers."""

    def __init__(self, tmp_path, mode="", home="home", **options):
        self.clock, self.wall, self.alone = Clock(), 1_000_000.0, False
        self.clock.advance(5000)
        self.file = tmp_path / "data" / kept_table.FILE
        path = tmp_path / "plugin-cfg.xml"
        entry = f'<entry key="autonomy">{mode}</entry>' if mode else ""
        path.write_text(f"<properties>{entry}</properties>")
        self.settings = Settings(path, self.clock)
        self.looks = []
        self.home, self.options = home, options
        self.start()

    def start(self):
        """As a process that has just started."""
        self.own = OwnAllocation(lambda _: lambda total: 1, 0)
        self.it = Autonomy(
            self.own,
            self.settings,
            self.clock,
            lambda: self.wall,
            home=self.home,
            file=self.file,
            **self.options,
        )
        self.it.alone = lambda: self.alone
        self.it.on_look = lambda *told: self.looks.append(told)
        self.it.start()

    def go(self, seconds, step=1.0):
        for _ in range(round(seconds / step)):
            self.clock.advance(step)
            self.wall += step

    @property
    def ready(self):
        return self.own.ready(self.clock.seconds())


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


@pytest.mark.parametrize(
    ("mode", "home", "enabled"),
    [
        ("", "home", True),
        ("", "", False),
        ("secure", "home", True),
        ("secure", "", False),
        ("always", "", True),
        ("never", "home", False),
    ],
)
def test_it_is_on_with_an_identity_and_off_otherwise_unless_the_file_says_so(
    tmp_path, mode, home, enabled
):
    world = World(tmp_path, mode, home)
    world.it.told(TABLE)
    world.alone = True
    assert (world.it.enabled, world.ready, world.it.acting) == (enabled, enabled, enabled)
    assert world.it.domains == ("d",)  # known in any case


def test_an_edit_of_the_settings_counts_at_once(world):
    world.it.told(TABLE)
    world.settings.config = replace(world.settings.config, autonomy="never")
    world.it.allow()
    assert not world.ready
    world.settings.config = replace(world.settings.config, autonomy="secure")
    world.it.allow()
    assert world.ready


def test_the_table_ends_after_a_day_without_a_confirmation(world):
    world.it.told(TABLE)
    world.alone = True
    world.clock.advance(LONGEST - 1)
    assert world.it.acting
    world.clock.advance(1)
    assert not world.it.acting
    assert not world.ready


def test_a_confirmation_makes_it_new(world):
    world.it.told(TABLE)
    world.clock.advance(LONGEST - 1)
    world.it.told(SAME)
    world.clock.advance(LONGEST - 1)
    assert world.ready
    assert world.own.table == TABLE


def test_it_acts_only_while_no_management_server_answers(world):
    world.it.told(TABLE)
    assert world.it.usable
    assert not world.it.acting
    world.alone = True
    assert world.it.acting


def test_without_a_table_it_never_does(world):
    world.alone = True
    assert not world.it.acting
    assert (world.it.age, world.it.status(), world.it.domains) == (None, "", ())
    assert world.it.offers == Offers("", ())


def test_a_confirmation_of_a_table_that_is_not_known_is_none(world):
    world.it.told(TABLE)
    world.it.told(AllocationTable("t9", "home", domains=(TableDomain("d"), TableDomain("e"))))
    assert world.it.domains == ("d", "e")


@pytest.mark.parametrize(
    "bad",
    [
        AllocationTable("t2", "home", (TableServer("A", "a:1", "up", (7,)),)),
        AllocationTable("t2", "home", (TableServer("A", "a:1", "up", (-1,)),), offers=(BANK,)),
        AllocationTable("t2", "home", domains=(TableDomain("d", (TableMember("A", -5, 1),)),)),
    ],
)
def test_a_table_that_makes_no_sense_changes_nothing(world, bad):
    world.it.told(TABLE)
    world.it.told(bad)
    assert world.own.table == TABLE
    assert world.ready
    assert world.it.domains == ("d",)


def test_what_is_deployed_by_the_table(world):
    world.it.told(TABLE)
    assert world.it.offers == Offers("", ((BANK, ("10.0.1.1:9623",)),))


class TestOnTheDisk:
    def test_a_gateway_that_starts_alone_has_it(self, world):
        world.it.told(TABLE)
        world.go(30)
        world.alone = True
        world.start()
        assert world.it.acting
        assert world.it.age == 30
        assert world.own.table == TABLE

    def test_only_one_of_several_workers_writes_it(self, tmp_path):
        world = World(tmp_path, writes=False)
        world.it.told(TABLE)
        assert not world.file.exists()

    def test_its_age_goes_on_over_a_restart(self, world):
        world.it.told(TABLE)
        world.wall += LONGEST
        world.start()
        assert not world.ready
        assert world.it.age == LONGEST

    def test_a_clock_that_was_set_back_makes_it_new_at_most(self, world):
        world.it.told(TABLE)
        world.wall -= 7200
        world.start()
        assert world.it.age == 0

    def test_a_confirmed_table_is_written_again_now_and_then(self, world):
        world.it.told(TABLE)
        world.go(KEEP_EVERY - 1, step=KEEP_EVERY - 1)
        world.it.told(SAME)
        assert kept_table.read(world.file).confirmed == 1_000_000
        world.go(1)
        world.it.told(SAME)
        assert kept_table.read(world.file).confirmed == 1_000_000 + KEEP_EVERY

    def test_that_of_another_installation_is_not_used(self, world):
        world.it.told(msgspec.structs.replace(TABLE, installation="theirs"))
        world.start()
        assert world.own.table is None

    def test_a_broken_one_is_not_used(self, world):
        world.it.told(TABLE)
        world.file.write_bytes(b"broken")
        world.start()
        assert world.own.table is None

    def test_that_it_cannot_be_kept_is_said_once(self, world):
        world.file.parent.write_text("a file where the folder belongs")
        with capturedLogs() as events:
            world.it.told(TABLE)
            world.it.told(OTHER)
        warned = [it for it in events if it["log_level"] is LogLevel.warn]
        assert len(warned) == 1
        assert world.ready


class TestWhatIsSaid:
    def test_each_change_is_logged_once(self, world):
        world.it.told(TABLE)
        with capturedLogs() as events:
            world.go(3)
            world.alone = True
            world.go(3)
            world.alone = False
            world.go(3)
        said = [it["log_format"].partition(":")[0] for it in events if "answer" in it["log_format"]]
        assert said == ["no management server answers", "a management server answers again"]

    def test_that_the_table_is_too_old_is_logged(self, world):
        world.it.told(TABLE)
        world.alone = True
        world.go(1)
        with capturedLogs() as events:
            world.clock.advance(LONGEST)
        assert [it["log_level"] for it in events if "hours" in it["log_format"]] == [LogLevel.error]
        assert world.it.status().endswith("too old to be used")

    def test_the_figures_of_each_look(self, world):
        world.go(1)
        world.it.told(TABLE)
        world.alone = True
        world.go(2)
        assert world.looks == [(False, None), (False, None), (True, 1.0), (True, 2.0)]

    def test_a_line_for_people(self, world):
        world.it.told(TABLE)
        world.go(7)
        assert world.it.status() == "allocation table: 7 s old"
        world.alone = True
        assert world.it.status() == (
            "no management server answers: session servers are chosen here (allocation table: 7 s old)"
        )

    def test_where_it_is_off_nothing_is_said(self, tmp_path):
        world = World(tmp_path, "never")
        world.it.told(TABLE)
        assert world.it.status() == ""
