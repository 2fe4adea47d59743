"""SQL statements over a model's procedures (product facts 6.3).

Law: a statement is answered by exactly one procedure of one table, chosen from its signature alone,
or refused with the reason. Rows a procedure gives are filtered by the whole WHERE, except LIKE.
"""

from verdigris.sql.plan import Plan, plan
from verdigris.sql.reader import read
from verdigris.sql.statement import Statement


__all__ = ["Plan", "Statement", "plan", "read"]
