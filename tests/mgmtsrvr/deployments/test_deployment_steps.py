"""What is done next: never more session servers at once than allowed, and in the end all have what is named."""

from hypothesis import given
from hypothesis import strategies as st

from mgmtsrvr.deployment_steps import (
    NEW_AT_ONCE,
    Origin,
    ServerPackages,
    Task,
    has,
    next_steps,
)
from verdigris.config.deployment import Deployment


NEW, OLD = "2" * 64, "1" * 64
NAMES = [f"s{i:02}" for i in range(12)]


def named(**more):
    return Deployment("M", NEW, ("d",), **more)


def server(name, package=OLD, *, serves=True, follows=True):
    models = {"M": Origin(package, follows=follows)} if package else {}
    return ServerPackages(name, models, frozenset(models) if serves else frozenset())


def steps(deployment, servers, under_way=(), waiting=()):
    assignments = {it.name: {"M": deployment} for it in servers}
    tasks = {Task(name, "M"): deployment for name in under_way}
    return next_steps(assignments, servers, tasks, {Task(name, "M") for name in waiting})


def brought(found):
    return [name for name, _ in found.bring]


@given(
    st.lists(st.sampled_from([OLD, NEW, ""]), min_size=1, max_size=12),
    st.lists(st.booleans(), min_size=12, max_size=12),
    st.integers(1, 4),
    st.randoms(use_true_random=False),
)
def test_a_rollout_ends_and_changes_no_more_at_once_than_it_may(
    packages, serving, at_a_time, chance
):
    deployment = named(at_a_time=at_a_time, rollout="going")
    world = {
        name: server(name, package, serves=serves)
        for name, package, serves in zip(NAMES, packages, serving, strict=False)
    }
    under_way = set()
    for _ in range(100):
        found = steps(deployment, [*world.values()], under_way)
        assert not under_way & {*brought(found)}
        under_way |= {*brought(found)}
        assert len([it for it in under_way if "M" in world[it].serves]) <= at_a_time
        assert len([it for it in under_way if "M" not in world[it].serves]) <= NEW_AT_ONCE
        if not under_way:
            assert found.over == (deployment,)
            break
        assert not found.over
        done = chance.choice(sorted(under_way))
        under_way.remove(done)
        world[done] = server(done, NEW)
    assert all(has(it, deployment) for it in world.values())


def test_those_that_serve_nothing_come_first_and_are_not_counted():
    servers = [server("a"), server("b"), server("c", "", serves=False), server("d", serves=False)]
    assert brought(steps(named(), servers)) == ["c", "d", "a"]


def test_what_has_stopped_is_left_alone_and_is_not_over():
    found = steps(named(rollout="stopped"), [server("a"), server("b", NEW)])
    assert not found


def test_one_that_waits_for_another_try_keeps_the_rollout_from_being_over():
    found = steps(named(rollout="going"), [server("a"), server("b", NEW)], waiting=["a"])
    assert not found


def test_a_rollout_without_a_connected_session_server_is_not_over():
    assert next_steps({"a": {"M": named(rollout="going")}}, [], {}, ()).over == ()


def test_the_same_package_deployed_by_hand_is_taken_over():
    assert brought(steps(named(), [server("a", NEW, follows=False)])) == ["a"]


def test_what_follows_and_is_not_named_is_taken_and_what_was_deployed_by_hand_is_left():
    servers = [server("a"), server("b", follows=False)]
    assert next_steps({}, servers, {}, ()).take == (Task("a", "M"),)
    assert not next_steps({}, servers, {Task("a", "M"): named()}, ())
