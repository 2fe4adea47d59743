"""The 3270 engine: TN3270 and TN3270E sessions, the 3270 data stream, its buffer and keyboard.

Theory of operation. A record travels down, once; a screen is taken when it is asked for:

    record    session            telnet and TN3270E (`tn3270e`) give records; BIND, UNBIND, SSCP-LU
       |                         and NVT data go to `bind`, `sscp`, `nvt`, 3270 data goes on
    command   commands           a table by command code; `structured_fields` is a table of its own
       |
    steps     orders             the record is read whole, into typed steps; an error changes nothing
       |
    buffer    write, writer      erase, apply the steps, restore the keyboard; a `buffer` is one
       |                         plane of bytes each for characters, attributes, extended attributes
    screen    snapshot, runs     the planes as a frozen `Screen`, hidden text blank; sessions that
                                 show the same layout share it

The operator's way is short: `keyboard` edits the buffer, an attention key sends what `inbound` makes
of it. `display` holds the state both sides change: buffer, cursor, keyboard lock, reply mode.
`terminal` joins the two sides to the contract of all terminals.

Speed comes from planes written by slice, steps read without a call where that is safe (`orders`), and
shared layouts (`snapshot`).
"""
