"""Every screen of the bank as a layout: what stands where.

Law: the id in row 1 tells a screen from all others; row 1 holds the title and the business date,
row 2 the user and the terminal, row 23 the message and row 24 the keys, on every screen.
"""

from typing import Final

from hostemul.bank.frame import facts, lines, pages, screen, who
from hostemul.bank.layout import entry, label, output, text


LIST_LINES: Final = 14
BOOKING_LINES: Final = 14
ACCOUNT_LINES: Final = 8

# One format for a list's head and its lines keeps the columns under their names.
CUSTOMER_LINE: Final = "{:<8} {:<20} {:<15} {:<17} {:>8}"
ACCOUNT_LINE: Final = "{:<9} {:<9} {:<3} {:>16}  {:<7} {:<10}"
BOOKING_LINE: Final = "{:<11} {:<9} {:<29}{:>13} {:>13}"
CUSTOMER_HEAD: Final = CUSTOMER_LINE.format("NUMBER", "LAST NAME", "FIRST NAME", "CITY", "ACCOUNTS")
ACCOUNT_HEAD: Final = ACCOUNT_LINE.format("ACCOUNT", "TYPE", "CUR", "BALANCE", "STATUS", "OPENED")
BOOKING_HEAD: Final = BOOKING_LINE.format("DATE", "REFERENCE", "DESCRIPTION", "AMOUNT", "BALANCE")


SIGN_ON: Final = screen(
    "BNK000",
    "SIGN-ON",
    "ENTER=SIGN ON  PF3=END",
    text(2, 62, "TERMINAL", colour="blue"),
    output(2, 71, 8, "terminal", colour="blue"),
    text(6, 20, "CUSTOMER ACCOUNT SYSTEM", bright=True, colour="turquoise"),
    text(8, 20, "AUTHORISED USERS ONLY. ALL ACTIVITY IS RECORDED."),
    label(12, 20, "User ID", 16),
    entry(12, 37, 10, "user"),
    label(14, 20, "Password", 16),
    entry(14, 37, 8, "password", hidden=True),
)

NEWS: Final = screen(
    "BNK005",
    "MESSAGE OF THE DAY",
    "ENTER=CONTINUE",
    who(),
    text(6, 10, "NOTICE TO ALL BRANCH STAFF", bright=True, colour="yellow"),
    output(9, 10, 68, "notice", colour="white"),
)

MENU: Final = screen(
    "BNK010",
    "MAIN MENU",
    "ENTER=SELECT  PF3=SIGN OFF",
    who(),
    text(6, 20, "1  CUSTOMER SEARCH"),
    text(8, 20, "2  ACCOUNT ENQUIRY"),
    text(10, 20, "3  TRANSFER BETWEEN ACCOUNTS"),
    text(12, 20, "4  OPEN ACCOUNT"),
    text(14, 20, "5  CLOSE ACCOUNT"),
    text(16, 20, "6  LOAN CALCULATOR"),
    text(18, 20, "X  SIGN OFF"),
    label(21, 20, "Option", 12),
    entry(21, 33, 1, "option"),
)

SEARCH: Final = screen(
    "BNK020",
    "CUSTOMER SEARCH",
    "ENTER=SEARCH  PF3=RETURN  PF12=MENU",
    who(),
    text(5, 3, "TYPE A LAST NAME, OR THE START OF ONE AND *, OR A CUSTOMER NUMBER."),
    label(8, 3, "Last name"),
    entry(8, 26, 20, "last"),
    label(10, 3, "First name"),
    entry(10, 26, 14, "first"),
    label(12, 3, "Customer number"),
    entry(12, 26, 6, "number", numeric=True),
)

CUSTOMERS: Final = screen(
    "BNK021",
    "CUSTOMER LIST",
    "ENTER=SELECT  PF3=RETURN  PF7=BACK  PF8=FORWARD  PF12=MENU",
    who(),
    pages(),
    label(4, 3, "Last name", 14),
    output(4, 18, 20, "last"),
    text(6, 2, "SEL", colour="blue"),
    text(6, 6, CUSTOMER_HEAD, colour="blue"),
    lines(7, LIST_LINES, 72),
    output(22, 3, 6, "found", right=True),
    text(22, 10, "CUSTOMERS FOUND"),
)

CUSTOMER: Final = screen(
    "BNK030",
    "CUSTOMER DETAIL",
    "ENTER=SELECT  PF3=RETURN  PF12=MENU",
    who(),
    facts(
        4,
        ("Customer number", "number", 6),
        ("Name", "name", 36),
        ("Street", "street", 30),
        ("City", "city", 20),
        ("Postcode", "postcode", 8),
        ("Telephone", "phone", 14),
        ("Date of birth", "born", 10),
        ("Customer since", "since", 10),
    ),
    text(13, 2, "SEL", colour="blue"),
    text(13, 6, ACCOUNT_HEAD, colour="blue"),
    lines(14, ACCOUNT_LINES, 60),
)

ENQUIRY: Final = screen(
    "BNK040",
    "ACCOUNT ENQUIRY",
    "ENTER=DISPLAY  PF3=RETURN  PF12=MENU",
    who(),
    label(8, 3, "Account number"),
    entry(8, 26, 8, "account", numeric=True),
)

ACCOUNT: Final = screen(
    "BNK041",
    "ACCOUNT DETAIL",
    "PF3=RETURN  PF5=TRANSACTIONS  PF6=TRANSFER  PF9=CLOSE ACCOUNT  PF12=MENU",
    who(),
    facts(
        5,
        ("Account number", "account", 8),
        ("Customer number", "number", 6),
        ("Customer name", "name", 36),
        ("Account type", "type", 8),
        ("Currency", "currency", 3),
        ("Status", "status", 6),
        ("Opened on", "opened", 10),
        ("Last transaction", "last", 10),
        ("Interest rate", "rate", 6),
    ),
    (
        item
        for row, title, name in (
            (15, "Balance", "balance"),
            (16, "Overdraft limit", "limit"),
            (17, "Available", "available"),
        )
        for item in (label(row, 3, title), output(row, 26, 15, name, right=True))
    ),
    label(18, 3, "Transactions"),
    output(18, 26, 5, "bookings"),
)

BOOKINGS: Final = screen(
    "BNK050",
    "TRANSACTION LIST",
    "PF3=RETURN  PF7=BACK  PF8=FORWARD  PF12=MENU",
    who(),
    pages(),
    label(4, 3, "Account", 14),
    output(4, 18, 8, "account"),
    output(4, 28, 3, "currency"),
    text(6, 3, BOOKING_HEAD, colour="blue"),
    (output(7 + n, 3, 78, f"line{n + 1}", needs=f"line{n + 1}") for n in range(BOOKING_LINES)),
)

TRANSFER: Final = screen(
    "BNK060",
    "TRANSFER",
    "ENTER=CONTINUE  PF3=RETURN  PF12=MENU",
    who(),
    text(5, 3, "BOTH ACCOUNTS MUST BE OPEN AND OF ONE CURRENCY."),
    label(8, 3, "From account"),
    entry(8, 26, 8, "from", numeric=True),
    label(10, 3, "To account"),
    entry(10, 26, 8, "to", numeric=True),
    label(12, 3, "Amount"),
    entry(12, 26, 12, "amount"),
    label(14, 3, "Reference"),
    entry(14, 26, 20, "reference"),
)

TRANSFER_CONFIRM: Final = screen(
    "BNK061",
    "CONFIRM TRANSFER",
    "ENTER=CONTINUE  PF3=RETURN  PF12=MENU",
    who(),
    facts(
        6,
        ("From account", "from", 8),
        ("Name", "from_name", 36),
        ("To account", "to", 8),
        ("Name", "to_name", 36),
        ("Amount", "amount", 15),
        ("Currency", "currency", 3),
        ("Reference", "reference", 20),
    ),
    label(16, 3, "Make the transfer"),
    entry(16, 26, 1, "confirm"),
    text(16, 29, "Y OR N"),
)

TRANSFER_RESULT: Final = screen(
    "BNK062",
    "TRANSFER RESULT",
    "ENTER=RETURN  PF3=RETURN  PF12=MENU",
    who(),
    facts(
        6,
        ("Transfer number", "number", 8),
        ("Date", "day", 10),
        ("Amount", "amount", 15),
        ("From account", "from", 8),
        ("New balance", "from_balance", 15),
        ("To account", "to", 8),
        ("New balance", "to_balance", 15),
    ),
)

OPEN: Final = screen(
    "BNK070",
    "OPEN ACCOUNT",
    "ENTER=OPEN  PF3=RETURN  PF12=MENU",
    who(),
    label(8, 3, "Customer number"),
    entry(8, 26, 6, "customer", numeric=True),
    label(10, 3, "Account type"),
    entry(10, 26, 3, "type"),
    text(10, 31, "CUR=CURRENT  SAV=SAVINGS  BUS=BUSINESS"),
    label(12, 3, "Currency"),
    entry(12, 26, 3, "currency"),
    text(12, 31, "GBP  EUR  USD"),
    label(14, 3, "Opening deposit"),
    entry(14, 26, 12, "deposit"),
)

OPEN_RESULT: Final = screen(
    "BNK071",
    "ACCOUNT OPENED",
    "ENTER=RETURN  PF3=RETURN  PF12=MENU",
    who(),
    facts(
        6,
        ("Order number", "order", 8),
        ("Date", "day", 10),
        ("New account number", "account", 8),
        ("Customer number", "number", 6),
        ("Customer name", "name", 36),
        ("Account type", "type", 8),
        ("Currency", "currency", 3),
        ("Balance", "balance", 15),
    ),
)

CLOSE: Final = screen(
    "BNK080",
    "CLOSE ACCOUNT",
    "ENTER=CONTINUE  PF3=RETURN  PF12=MENU",
    who(),
    text(5, 3, "THE BALANCE MUST BE ZERO."),
    label(8, 3, "Account number"),
    entry(8, 26, 8, "account", numeric=True),
)

CLOSE_CONFIRM: Final = screen(
    "BNK081",
    "CONFIRM CLOSING",
    "ENTER=CONTINUE  PF3=RETURN  PF12=MENU",
    who(),
    facts(
        6,
        ("Account number", "account", 8),
        ("Customer number", "number", 6),
        ("Customer name", "name", 36),
        ("Account type", "type", 8),
        ("Opened on", "opened", 10),
        ("Balance", "balance", 15),
    ),
    label(16, 3, "Close the account"),
    entry(16, 26, 1, "confirm"),
    text(16, 29, "Y OR N"),
)

CLOSE_RESULT: Final = screen(
    "BNK082",
    "ACCOUNT CLOSED",
    "ENTER=RETURN  PF3=RETURN  PF12=MENU",
    who(),
    facts(
        6,
        ("Order number", "order", 8),
        ("Date", "day", 10),
        ("Account number", "account", 8),
        ("Customer name", "name", 36),
        ("Status", "status", 6),
    ),
)

LOAN: Final = screen(
    "BNK090",
    "LOAN CALCULATOR",
    "ENTER=CALCULATE  PF3=RETURN  PF12=MENU",
    who(),
    label(6, 3, "Amount to borrow"),
    entry(6, 26, 12, "amount"),
    label(8, 3, "Interest rate"),
    entry(8, 26, 6, "rate"),
    text(8, 34, "PERCENT PER YEAR"),
    label(10, 3, "Number of months"),
    entry(10, 26, 3, "months", numeric=True),
    text(10, 31, "1 TO 480"),
    label(14, 3, "Monthly payment"),
    output(14, 26, 15, "payment", right=True),
    label(15, 3, "Total to pay"),
    output(15, 26, 15, "total", right=True),
    label(16, 3, "Interest in all"),
    output(16, 26, 15, "interest", right=True),
)

ELSEWHERE: Final = screen(
    "BNK098",
    "SIGNED ON ELSEWHERE",
    "ENTER=SIGN ON  PF3=END",
    text(8, 10, "YOUR SESSION HAS BEEN ENDED.", bright=True, colour="red"),
    label(11, 10, "User"),
    output(11, 33, 9, "user"),
    label(12, 10, "Signed on at terminal"),
    output(12, 33, 8, "place"),
)

ENDED: Final = screen(
    "BNK099",
    "SESSION ENDED",
    "ENTER=SIGN ON  PF3=END",
    text(8, 10, "YOU HAVE SIGNED OFF.", bright=True, colour="turquoise"),
    text(10, 10, "PRESS ENTER TO SIGN ON AGAIN, PF3 TO END THE TERMINAL SESSION."),
)

# Not part of the bank's business: what an operator's notice or a new release may put in the way.
UNKNOWN: Final = screen(
    "SYS001",
    "SYSTEM NOTICE",
    "ENTER=CONTINUE",
    text(10, 10, "REGION NMPROD1 WILL BE RESTARTED IN 10 MINUTES.", bright=True, colour="yellow"),
    text(12, 10, "PLEASE FINISH YOUR WORK."),
)

LAYOUTS: Final = {
    layout.name: layout
    for layout in (
        SIGN_ON, NEWS, MENU, SEARCH, CUSTOMERS, CUSTOMER, ENQUIRY, ACCOUNT, BOOKINGS, TRANSFER,
        TRANSFER_CONFIRM, TRANSFER_RESULT, OPEN, OPEN_RESULT, CLOSE, CLOSE_CONFIRM, CLOSE_RESULT,
        LOAN, ELSEWHERE, ENDED, UNKNOWN,
    )
}  # fmt: skip
