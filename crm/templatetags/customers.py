"""A customer's name as a link to their page, for who may open it."""

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from consent.models import Person
from crm.models import Organisation

register = template.Library()
PAGES: dict[type[Person | Organisation], str] = {
    Person: "site:staff_person",
    Organisation: "site:staff_organisation",
}


@register.filter
def page(customer: Person | Organisation) -> str:
    """The address of the customer's page; empty where they have none."""
    name = PAGES.get(type(customer))
    return reverse(name, args=[customer.pk]) if name else ""


@register.simple_tag
def customer(whom: Person | Organisation, *, may_see: bool) -> SafeString:
    """The name, linked when the page may be seen."""
    url = page(whom) if may_see else ""
    return format_html('<a href="{}">{}</a>', url, whom) if url else format_html("{}", whom)
