"""What somebody was asked about marketing when enrolling, and what their answer permits (GDPR Art. 7; 917/2014 § 200)."""

from dataclasses import dataclass

from consent import ledger, permission
from consent.kinds import Method
from consent.ledger import Proof, RefusalStandsError
from courses.models import Enrolment, Run
from mailing.kinds import NEWSLETTER, SIMILAR


@dataclass(frozen=True)
class Answers:
    """The ticks as they were sent, and the language of the texts beside them."""

    language: str
    newsletter: bool = False
    no_similar: bool | None = None  # None: it was not asked
    evidence: Proof | None = None


def is_sale(run: Run) -> bool:
    """Whether who enrols buys something: a taster is no sale, and what an employer has ordered is not the person's."""
    price = run.price
    return run.organisation_id is None and price is not None and not price.is_free


def record(enrolment: Enrolment, answers: Answers) -> None:
    """Write the answers into the ledger, in the caller's transaction.

    Who has bought a seat, was offered to refuse and did not, may get mail on similar training from the same institution
    (§ 200(3)), unless they have refused before; a refusal is kept also from who only queues.
    """
    person, institution = enrolment.person, enrolment.run.course.institution
    source = f"enrolment {enrolment.pk}"
    if answers.newsletter and not permission.stands(person, NEWSLETTER).allowed:
        ledger.grant(
            person,
            NEWSLETTER,
            wording=ledger.wording_of(NEWSLETTER, answers.language),
            method=Method.FORM,
            evidence=answers.evidence,
            source=source,
        )
    if answers.no_similar:
        ledger.withdraw(
            person,
            SIMILAR,
            controller=institution,
            method=Method.FORM,
            evidence=answers.evidence,
            source=source,
        )
    elif answers.no_similar is False and may_write_after(enrolment):
        try:
            ledger.soft_opt_in(
                person,
                institution,
                wording=ledger.wording_of(SIMILAR, answers.language),
                source=source,
                evidence=answers.evidence,
            )
        except RefusalStandsError:
            return


def may_write_after(enrolment: Enrolment) -> bool:
    """Whether the seat was bought."""
    return enrolment.status == Enrolment.Status.CONFIRMED and is_sale(enrolment.run)
