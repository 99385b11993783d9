"""What the demo's staff find on their first page: what they have promised, a letter of a stranger, one that came back."""

from datetime import timedelta
from email.message import EmailMessage
from functools import partial
from io import BytesIO

from django.utils import timezone

from accounts.models import User
from crm import named_contacts, tasks
from crm.models import Encounter, Task
from mailing import bounces, inbound
from mailing.models import Delivery, InboundMail
from portal.demo import content, customers, readers
from portal.demo.calendar import Calendar, Step
from portal.demo.content import Entry
from portal.demo.customers import Customer

FILE = "agenda.toml"
GONE = "5.1.1"  # no such mailbox (RFC 3463)


def steps(calendar: Calendar) -> list[Step]:
    """Each at its moment, so that what is late was promised before it was late."""
    known = by_name()
    return [
        *(
            Step(calendar.ago(entry["given"], "14:20"), partial(give, entry, calendar, known))
            for entry in content.entries(FILE, "task")
        ),
        *(
            Step(calendar.ago(entry["days"], entry["at"]), partial(write, entry))
            for entry in content.entries(FILE, "letter")
        ),
        *(
            Step(calendar.ago(entry["days"], entry["at"]), partial(come_back, entry["reader"]))
            for entry in content.entries(FILE, "bounce")
        ),
    ]


def take_on(seller: User) -> None:
    """Make the salesperson the named contact of those she has promised something."""
    known = by_name()
    for entry in content.entries(FILE, "task"):
        if f"{entry['to']}@example.org" == seller.email:
            customer = known[entry["organisation"]]
            named_contacts.name_by_hand(customer.organisation, seller, by=seller)
            named_contacts.name_by_hand(customer.people[entry["who"]], seller, by=seller)


def by_name() -> dict[str, Customer]:
    """The demo's customers, by the organisation's name."""
    return {each.organisation.name: each for each in customers.known()}


def give(entry: Entry, calendar: Calendar, known: dict[str, Customer]) -> Task:
    """The task, from the last time they met whom it is about."""
    user = User.objects.get(email=f"{entry['to']}@example.org")
    day = timezone.localdate(calendar.now) + timedelta(days=entry["due"])
    customer = known.get(entry.get("organisation", ""))
    about = last_met(customer, entry["who"]) if customer else None
    return tasks.give(entry["what"], due_at=tasks.end_of(day), by=user, assignee=user, about=about)


def last_met(customer: Customer, who: int) -> Encounter:
    """The last entry that staff wrote of this person there."""
    met = customer.organisation.encounters.filter(person=customer.people[who])
    return met.exclude(text="").latest("at", "pk")


def write(entry: Entry) -> InboundMail:
    """The letter, taken in as the mail server hands it over."""
    mail = EmailMessage()
    mail["From"], mail["Subject"] = entry["sender"], entry["subject"]
    mail["To"] = "asiakaspalvelu@example.org"
    mail.set_content(entry["text"])
    return inbound.receive(BytesIO(bytes(mail)))


def come_back(number: int) -> None:
    """The reader's last newsletter was answered by their server: no such mailbox."""
    sent = Delivery.objects.filter(person=readers.reader(number), is_bulk=True, state="sent")
    bounces.failed(sent.latest("pk"), GONE)
