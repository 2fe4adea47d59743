"""The ledger on the disk: who has which row, so that a management server that starts anew knows it.

JSON; it names rows by what they are known by, which is never a secret.
"""

import msgspec

from mgmtsrvr.row_shares.ledger import Claim, Ledger, Owner


class _Kept(msgspec.Struct, frozen=True):
    server: str
    boot: str
    address: str
    at_home: bool
    rows: dict[str, list[str]]


class _Document(msgspec.Struct, frozen=True):
    owners: list[_Kept]
    format: int = 1


def document(ledger: Ledger) -> bytes:
    """The ledger as it is kept."""
    owners = [
        _Kept(
            server=owner.server,
            boot=owner.boot,
            address=claim.address,
            at_home=claim.at_home,
            rows={
                group: mine for group in sorted(ledger.rows) if (mine := ledger.held(group, owner))
            },
        )
        for owner, claim in sorted(ledger.claims.items(), key=lambda it: it[0])
    ]
    return msgspec.json.format(msgspec.json.encode(_Document(owners)), indent=1)


def ledger_of(data: bytes, until: float) -> Ledger:
    """The ledger that was kept; every lease begins anew.

    Args:
        data: the file.
        until: when the leases are over.

    Raises:
        ValueError: the file is damaged.
    """
    try:
        kept = msgspec.json.decode(data, type=_Document)
    except msgspec.DecodeError as problem:
        raise ValueError(str(problem)) from None
    rows: dict[str, dict[str, Owner]] = {}
    claims = {}
    for one in kept.owners:
        owner = Owner(one.server, one.boot)
        claims[owner] = Claim(until, one.address, one.at_home)
        for group, keys in one.rows.items():
            rows.setdefault(group, {}).update(dict.fromkeys(keys, owner))
    return Ledger(rows=rows, claims=claims)
