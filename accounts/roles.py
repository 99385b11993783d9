"""What each staff role may do: one table, the only place (E3.1)."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """A member of staff's work."""

    SALES = "sales", _("sales")
    COORDINATOR = "coordinator", _("coordinator")
    TRAINER = "trainer", _("trainer")
    MANAGER = "manager", _("manager")
    ADMIN = "admin", _("admin")
    AUDITOR = "auditor", _("auditor")


class Permission(TextChoices):
    """Something a role allows: of the offering for the role's institution, of the shared customer register everywhere."""

    USE_WORKBENCH = "use_workbench", _("open the staff pages")
    SEE_OFFERING = "see_offering", _("see courses and runs before they are published")
    EDIT_OFFERING = "edit_offering", _("edit courses and runs")
    EDIT_INSTITUTION = "edit_institution", _("edit the institution’s own details")
    MANAGE_STAFF = "manage_staff", _("give and take staff roles")
    SEE_CUSTOMERS = "see_customers", _("see organisations, their people and timelines")
    EDIT_CUSTOMERS = "edit_customers", _("edit organisations and their people")
    MERGE_CUSTOMERS = "merge_customers", _("merge customers that are in the register twice")
    SEE_IMPORTS = "see_imports", _("see what has been imported from files")
    IMPORT_CUSTOMERS = "import_customers", _("import customers from a file")
    EXPORT_CUSTOMERS = "export_customers", _("export customers to a file")
    SEE_CONTACTS = (
        "see_contacts",
        _("see how many customers each answers for, by what rules, and who is away"),
    )
    MANAGE_CONTACTS = (
        "manage_contacts",
        _("choose customers’ named contacts and mark absences"),
    )
    EDIT_OWN_CARD = (
        "edit_own_card",
        _("keep the card that customers see of them, and mark their own absences"),
    )
    DO_TASKS = "do_tasks", _("give and do tasks")
    SEE_SENSITIVE_NOTES = "see_sensitive_notes", _("read sensitive notes")
    SEE_PEOPLE = "see_people", _("see people’s addresses and what they permit")
    SEE_RESTRICTED = "see_restricted", _("see people whose data is only stored")
    RECORD_WORDS = "record_words", _("record what a person says of contacting them")
    SETTLE_DOUBTS = "settle_doubts", _("say what became of a mail in doubt")
    SEE_AUDIT = "see_audit", _("see who changed and who looked at what")


READS = frozenset({each for each in Permission if each.startswith("see_")})
SALES = frozenset(
    {
        Permission.USE_WORKBENCH,
        Permission.EDIT_OWN_CARD,
        Permission.DO_TASKS,
        Permission.SEE_CUSTOMERS,
        Permission.EDIT_CUSTOMERS,
        Permission.MERGE_CUSTOMERS,  # who meets duplicates daily mends them
        Permission.SEE_PEOPLE,
        Permission.RECORD_WORDS,
    }
)
COORDINATOR = SALES | {
    Permission.SEE_OFFERING,
    Permission.EDIT_OFFERING,
    Permission.SEE_IMPORTS,
    Permission.IMPORT_CUSTOMERS,
    Permission.EXPORT_CUSTOMERS,
    Permission.SEE_CONTACTS,
    Permission.MANAGE_CONTACTS,
    Permission.SEE_SENSITIVE_NOTES,
    Permission.SETTLE_DOUBTS,
}

TABLE: dict[Role, frozenset[Permission]] = {
    Role.SALES: SALES,
    Role.COORDINATOR: COORDINATOR,
    Role.TRAINER: frozenset(
        {Permission.USE_WORKBENCH, Permission.EDIT_OWN_CARD, Permission.DO_TASKS}
    ),
    Role.MANAGER: COORDINATOR
    | {Permission.EDIT_INSTITUTION, Permission.SEE_AUDIT, Permission.SEE_RESTRICTED},
    Role.ADMIN: frozenset(Permission),
    Role.AUDITOR: READS | {Permission.USE_WORKBENCH},  # sees everything, changes nothing
}


def permissions_of(role: str) -> frozenset[Permission]:
    """The permissions of a role; none for a role that is not in the table."""
    return TABLE[Role(role)] if role in Role.values else frozenset()


def roles_with(permission: Permission) -> list[Role]:
    """The roles that give the permission, in the order of the table."""
    return [role for role, allowed in TABLE.items() if permission in allowed]
