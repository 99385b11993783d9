"""What can be wrong with a file or a cell: codes that rows remember, and what staff read, each in their own language."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Why(TextChoices):
    """What is wrong, and how it is said."""

    # the file
    EMPTY_FILE = "empty_file", _("The file is empty.")
    NO_ROWS = "no_rows", _("The file has headings but no rows under them.")
    NO_HEADINGS = (
        "no_headings",
        _(
            "No row of headings was found. The first row must name the columns, such as Name and E-mail."
        ),
    )
    SAME_HEADINGS = (
        "same_headings",
        _(
            "Two columns have the same heading: %(headings)s. Rename one of them, or remove it, and try again."
        ),
    )
    TOO_MANY_COLUMNS = "too_many_columns", _("The file has more than %(most)s columns.")
    TOO_MANY_ROWS = (
        "too_many_rows",
        _("The file has more than %(most)s rows. Divide it and import the parts."),
    )
    TOO_LARGE = (
        "too_large",
        _("The file is larger than %(most)s MB. Divide it and import the parts."),
    )
    NOT_A_TABLE = (
        "not_a_table",
        _(
            "This is not a table. Save it as an Excel workbook (.xlsx) or as text (.csv) and try again."
        ),
    )
    LOCKED = (
        "locked",
        _("The workbook is protected by a password. Save it without one and try again."),
    )
    BROKEN = (
        "broken",
        _(
            "The workbook is damaged or cannot be read. Open it, save it anew and try again; saving as .csv helps too."
        ),
    )
    BOMB = (
        "bomb",
        _(
            "The workbook unpacks to far more than a table of its size. It is not opened. Save the sheet as .csv and try again."
        ),
    )
    # a row
    CELL_TOO_LONG = "cell_too_long", _("A cell has more than %(most)s characters.")
    OPEN_QUOTE = "open_quote", _("A quotation mark is opened and never closed.")
    MORE_CELLS = "more_cells", _("The row has more cells than there are headings.")
    MANY_ADDRESSES = "many_addresses", _("The row has more than %(most)s e-mail addresses.")
    # what leaves a row out
    BUSINESS_ID = "business_id", _("This is not a valid business ID.")
    EMAIL = "email", _("This is not an e-mail address.")
    NOBODY = (
        "nobody",
        _("The row names neither an organisation nor a person with an e-mail address."),
    )
    NO_EMAIL = (
        "no_email",
        _(
            "A person needs an e-mail address: without one they can be neither recognised nor told that we hold them."
        ),
    )
    NO_NAME = "no_name", _("An organisation that is new to the register needs a name.")
    SEVERAL = "several", _("Several organisations have this name. Add the business ID.")
    TOO_LONG = "too_long", _("The text has more than %(most)s characters.")
    BASIS_UNKNOWN = (
        "basis_unknown",
        _("This legal basis is not known. Write legitimate interest, contract or consent."),
    )
    NO_BASIS = "no_basis", _("The legal basis is missing.")
    NO_PROOF = "no_proof", _("Consent needs a proof: where and when it was given.")
    NO_SOURCE = "no_source", _("The source is missing: where the details are from.")
    ERASED = (
        "erased",
        _(
            "suppressed: erased. The person asked to be erased, and comes back by their own doing alone."
        ),
    )
    OBJECTED = (
        "objected",
        _(
            "suppressed: objected. The person has objected to being contacted, and comes back by their own doing alone."
        ),
    )
    RESTRICTED = (
        "restricted",
        _("suppressed: restricted. Nothing of this person may be changed at their own request."),
    )
    DATABASE = "database", _("The database refuses this row.")
    # what is only told
    NOT_UNDERSTOOD = "not_understood", _("The cell was not understood and is left empty.")
    FREEMAIL = (
        "freemail",
        _("Anybody can have an address at this domain: it tells nothing of an organisation."),
    )
    HALF_EINVOICE = "half_einvoice", _("An e-invoice needs both the address and the operator.")
    SAME_PHONE = (
        "same_phone",
        _("Somebody else in the register has the same phone number. Are they one person?"),
    )
    DIFFERS = "differs", _("The register says otherwise, and was not changed.")
    BY_NAME = "by_name", _("Recognised by the name alone.")
    NO_PARENT = "no_parent", _("The parent organisation was not found.")
    CYCLIC = (
        "cyclic",
        _("The parent organisation belongs to this one, so it was not made its parent."),
    )
    NOT_FOR_WORK = (
        "not_for_work",
        _("No ground for marketing was recorded: the address is a private one."),
    )
    REFUSED = "refused", _("No ground for marketing was recorded: the person has refused.")
    # what stays when an import is taken back
    CHANGED = "changed", _("It was changed after the import, so it stays: %(what)s.")
    IN_USE = "in_use", _("It is in use elsewhere, so it stays: %(what)s.")


SUPPRESSED = {Why.ERASED, Why.OBJECTED, Why.RESTRICTED}  # nothing of these people stays in a row
THINGS = {
    "organisation": _("organisation"),
    "person": _("person"),
    "card": _("contact person"),
    "affiliation": _("affiliation"),
    "name": _("other name"),
    "domain": _("domain"),
    "address": _("organisation’s address"),
    "phones": _("phone"),
    "ground": _("ground for marketing"),
    "parent": _("parent organisation"),
}  # what can stay when an import is taken back


class UnreadableError(Exception):
    """Nothing of the file can be read; `said` says why and what to do, in the reader's language."""

    def __init__(self, code: Why, **values: object) -> None:
        super().__init__(code.value)
        self.problem = Problem(code, values)

    def __str__(self) -> str:
        return self.problem.said


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong; `column` is the heading it stands under. `values` tell of no person."""

    code: Why
    values: dict[str, Any] = field(default_factory=dict)
    column: str = ""

    @property
    def said(self) -> str:
        """In the reader's language."""
        what = THINGS.get(self.values.get("what", ""), "")
        return str(Why(self.code).label) % {**self.values, "what": what}

    def as_json(self) -> dict[str, Any]:
        return {"code": str(self.code), "values": self.values, "column": self.column}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Problem":
        return cls(Why(kept["code"]), kept["values"], kept["column"])
