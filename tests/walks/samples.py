"""Arguments for the pages whose address takes some, by the URL's name; a page of others adds a line."""

from collections.abc import Callable

from consent.models import Person
from courses.models import Course, Enrolment, Run
from crm.models import (
    Absence,
    Affiliation,
    Attachment,
    ContactPerson,
    ContactPhone,
    ContactRule,
    Duplicate,
    Encounter,
    Import,
    Merge,
    Organisation,
    OrganisationName,
    Situation,
    Task,
)
from mailing import links
from mailing.models import Delivery, InboundMail
from tests.walks.pages import Page
from tests.walks.rows import Rows

Sample = Callable[[Rows], dict[str, object]]


def _of(model: type, name: str = "pk") -> Sample:
    return lambda rows: {name: rows[model].pk}


def _inner(name: str, outer: type, inner: type) -> Sample:
    return lambda rows: {"pk": rows[outer].pk, name: rows[inner].pk}


def _course(rows: Rows) -> dict[str, object]:
    return {"slug": rows[Course].slug}


def _run(rows: Rows) -> dict[str, object]:
    return {"slug": rows[Course].slug, "run_id": rows[Run].pk}


def _why(rows: Rows) -> dict[str, object]:
    return {"token": links.why_url(rows[Delivery]).rstrip("/").rpartition("/")[2]}


def _stop(rows: Rows) -> dict[str, object]:
    return {"token": links.one_click_url(rows[Delivery]).rstrip("/").rpartition("/")[2]}


def _question(rows: Rows) -> dict[str, object]:
    Task.objects.filter(pk=rows[Task].pk).update(kind="question")
    return {"pk": rows[Task].pk}


SAMPLES: dict[str, Sample] = {
    "courses:course_detail": _course,
    "courses:course_share_image": _course,
    "courses:enrolment_accept": _of(Enrolment),
    "courses:enrolment_calendar": _of(Enrolment),
    "courses:enrolment_cancel": _of(Enrolment),
    "courses:enrolment_done": _run,
    "courses:run_enrol": _run,
    "courses:run_enrol_code": _run,
    "mailing:address_prove": lambda _rows: {"token": "1.x"},
    "mailing:newsletter_confirm": lambda _rows: {"token": "1.x"},
    "mailing:newsletter_not_me": lambda _rows: {"token": "1.x"},
    "mailing:why": _why,
    "site:inbox_attachment": lambda _rows: {"name": "nothing", "number": 0},
    "site:inbox_mail": lambda _rows: {"name": "nothing"},
    "site:media": lambda _rows: {"path": "nothing.png"},
    "site:staff_attachment": _of(Attachment),
    "site:staff_attachment_delete": _of(Attachment),
    "site:staff_business_register": _of(Organisation),
    "site:staff_business_register_accept": _of(Organisation),
    "site:staff_absence_end": _of(Absence),
    "site:staff_audit": lambda rows: {"model": "courses.course", "pk": rows[Course].pk},
    "site:staff_contact_of_organisation": _of(Organisation),
    "site:staff_contact_of_person": _of(Person),
    "site:staff_contact_rule_delete": _of(ContactRule),
    "site:staff_doubt": _of(Delivery),
    "site:staff_export": lambda _rows: {"sheet": "people"},
    "site:staff_duplicate": _of(Duplicate),
    "site:staff_duplicate_apart": _of(Duplicate),
    "site:staff_duplicate_merge": _of(Duplicate),
    "site:staff_html": lambda _rows: {"app": "mailing", "page": "newsletter"},
    "site:staff_import": _of(Import),
    "site:staff_import_begin": _of(Import),
    "site:staff_import_check": _of(Import),
    "site:staff_import_discard": _of(Import),
    "site:staff_import_file": _of(Import),
    "site:staff_import_rows": _of(Import),
    "site:staff_import_undo": _of(Import),
    "site:staff_link": _of(Person),
    "site:staff_organisation_edit": _of(Organisation),
    "site:staff_organisation_name": _of(Organisation),
    "site:staff_organisation_name_remove": _inner("name", Organisation, OrganisationName),
    "site:staff_organisation_situation": _of(Organisation),
    "site:staff_merge": _of(Merge),
    "site:staff_merge_undo": _of(Merge),
    "site:staff_person_edit": _of(ContactPerson),
    "site:staff_person_phone": _of(ContactPerson),
    "site:staff_person_phone_remove": _inner("phone", ContactPerson, ContactPhone),
    "site:staff_person_role": _of(ContactPerson),
    "site:staff_person_situation": _of(ContactPerson),
    "site:staff_role": _of(Affiliation),
    "site:staff_role_end": _of(Affiliation),
    "site:staff_situation": _of(Situation),
    "site:staff_note_edit": _of(Encounter),
    "site:staff_organisation": _of(Organisation),
    "site:staff_organisation_note": _of(Organisation),
    "site:staff_permission": _of(Person),
    "site:staff_person": _of(Person),
    "site:staff_person_looks": _of(Person),
    "site:staff_person_note": _of(Person),
    "site:staff_task_done": _of(Task),
    "site:staff_question": _question,
    "site:staff_question_phone": _question,
    "site:staff_question_take": _question,
    "site:staff_template": lambda _rows: {"app": "mailing", "page": "newsletter"},
    "site:staff_tray_file": _of(InboundMail),
    "site:staff_tray_mail": _of(InboundMail),
    "site:staff_tray_new": _of(InboundMail),
    "site:staff_tray_set_aside": _of(InboundMail),
    "mfa_edit_webauthn": lambda _rows: {
        "pk": 1
    },  # tests/accounts/test_second_factor.py has another's
    "mfa_remove_webauthn": lambda _rows: {"pk": 1},
    "openid_connect_callback": lambda _rows: {"provider_id": "none"},
    "openid_connect_login": lambda _rows: {"provider_id": "none"},
    "saml_acs": lambda _rows: {"organization_slug": "none"},
    "saml_finish_acs": lambda _rows: {"organization_slug": "none"},
    "saml_login": lambda _rows: {"organization_slug": "none"},
    "saml_metadata": lambda _rows: {"organization_slug": "none"},
    "saml_sls": lambda _rows: {"organization_slug": "none"},
    "site:staff_task": _of(Task),
    "site:staff_task_later": _of(Task),
    "site:staff_task_reopen": _of(Task),
    "site:staff_word": _of(Person),
    "site:unsubscribe": _stop,
    "sitemap_section": lambda _rows: {"section": "courses"},
}
# whose address leads to something that is a learner's own
OWN = {
    "courses:enrolment_accept",
    "courses:enrolment_calendar",
    "courses:enrolment_cancel",
}
# models of the libraries in the administration: no row of theirs is needed to be refused
WITHOUT_ROWS = {"auth.Group", "account.EmailAddress"}


def path_of(page: Page, rows: Rows) -> str:
    """The page's address with the rows' own arguments."""
    if not page.arguments:
        return page.path({})
    if page.model_admin is not None:
        model = page.model_admin.model
        is_made = model._meta.label not in WITHOUT_ROWS
        return page.path({"object_id": rows[model].pk if is_made else 1})
    assert page.name in SAMPLES, (
        f"{page.name} takes {page.arguments}: say in tests/walks/samples.py"
    )
    return page.path(SAMPLES[page.name](rows))
