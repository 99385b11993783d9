"""Imports in every state, for the pages that the accessibility tests walk."""

from pathlib import Path
from tempfile import TemporaryDirectory

from django.urls import reverse

from accounts.models import Institution
from crm.importing import steps
from crm.models import Export, Import, Organisation
from tests.crm import importing

FILE = (
    "Yritys;Y-tunnus;Nimi;Sähköposti;Puhelin;Tehtävä;Kengännumero\n"
    "Hervannan Konepaja Oy;2077474-0;Anna Virtanen;anna.virtanen@konepaja.example;040 123 4567;toimitusjohtaja;38\n"
    "Hervannan Konepaja Oy;;Bo Ekholm;bo.ekholm@konepaja.example;;tuotantopäällikkö;43\n"
    "Nokian kaupunki;;;kirjaamo@nokia.example;;;\n"
    "Väärä Oy;1234567-8;Cecilia Ek;cecilia@vaara.example;;;\n"
    "Toinen Oy;;Daavid Dahl;ei osoitetta;;;\n"
)


def imported(institution: Institution, state: str) -> Import:
    """The file at this point of its way, with what to tell."""
    with TemporaryDirectory() as folder:
        found = importing.received(Path(folder), FILE, institution=institution)
    if state == "read":
        return found
    steps.name_columns(found, found.columns, _ground(institution), by=None)
    if state == "mapped":
        return found
    steps.check(found)
    importing.run(found)
    if state == "done":
        steps.begin(found, now=found.created_at)
        importing.run(found)
    if state == "importing":
        steps.begin(found, now=found.created_at)
    return found


def _ground(institution: Institution) -> steps.Ground:
    return steps.Ground(
        "interest", "Kuntamarkkinat 2026, osallistujalista", institution=institution
    )


def path(institution: Institution, state: str, name: str = "site:staff_import") -> str:
    """The address of a page of such an import."""
    return reverse(name, args=[imported(institution, state).pk])


def exports() -> str:
    """The log, with something in it."""
    Export.objects.create(sheet="crm.people", form="xlsx", filters={"theme": "digi"}, rows=412)
    return reverse("site:staff_exports")


def organisation() -> Organisation:
    """One that the business register is asked about."""
    return Organisation.objects.get_or_create(name="Hervannan Konepaja Oy")[0]
