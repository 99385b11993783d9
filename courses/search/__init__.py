"""Find courses by words in Finnish, Swedish and English (A1.1).

Web processes `find` and `queue`; `index`, which loads Voikko, is for the worker and commands.
"""

from courses.search.query import Found, find, ranked
from courses.search.wakeup import queue

__all__ = ["Found", "find", "queue", "ranked"]
