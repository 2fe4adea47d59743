"""The lease of rows: it counts from the request, and from proofs that no management server runs."""

from sesssrvr.rows.lease import Lease


def test_a_lease_counts_from_the_request_and_not_from_the_answer():
    lease = Lease().renewed(100.0, 60.0, 1, direct=True)
    assert not lease.is_over(159.9)
    assert lease.is_over(160.0)
    assert not Lease().is_over(1e9)  # nothing was granted


def test_a_refused_connection_renews_it_only_if_nothing_is_in_between():
    direct = Lease().renewed(100.0, 60.0, 1, direct=True)
    assert not direct.absent(150.0).is_over(209.0)
    assert direct.absent(50.0) == direct  # older news
    through_a_proxy = Lease().renewed(100.0, 60.0, 1, direct=False)
    assert through_a_proxy.absent(150.0).is_over(160.0)


def test_an_answer_that_is_out_of_date_renews_nothing():
    lease = Lease().renewed(100.0, 60.0, 5, direct=True)
    assert lease.renewed(150.0, 60.0, 4, direct=True) == lease
    assert lease.renewed(90.0, 60.0, 5, direct=True).since == 100.0
