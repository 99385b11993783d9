"""Find the e-mail addresses in a row's cells, before anybody says which column has them (GDPR Art. 17).

Rather one too many than one too few: by them a row is found again when somebody in it is erased, and is not kept when they
were before. So each is looked for twice, as mail programs would allow it and as people write it between other signs.
"""

import re
from collections.abc import Iterable

from crm.importing.lengths import longest

# Each begins where a word begins, so that a long text is gone through once.
LOOSE = re.compile(
    r'(?<![^\s@<>;,:"()\[\]])[^\s@<>;,:"()\[\]]++@[^\s@<>;,:"()\[\]]+\.[^\s@<>;,:"()\[\]]+'
)
PLAIN = re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]+(?:\.[\w-]+)+")
AROUND = ".!?'’”/\\|*_-"  # signs that stand around an address and not at its ends


def addresses_in(cells: Iterable[str]) -> list[str]:
    """Every address in lower case, in order of the alphabet."""
    text = " ".join(cells).lower()
    found = LOOSE.findall(text) + PLAIN.findall(text)
    known = {each for email in found for each in (email, email.strip(AROUND))}
    return sorted(each for each in known if len(each) <= longest()["email"])
