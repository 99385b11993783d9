"""What the statements behind a page do, without the values in them: to tell whether two pages do the same work."""

import re


def kinds_of(queries):
    """What each statement does to which table; values, savepoints' names and who the audit is told differ."""
    asked = [
        re.sub(r"^SELECT set_config\('pghistory.*?true\); ", "", each["sql"]) for each in queries
    ]
    return [re.sub(r'"s\d+_x\d+"', "", " ".join(sql.split()[:3])) for sql in asked]
