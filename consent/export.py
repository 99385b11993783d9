"""Everything held on a person as one ZIP: `data.json` for machines, `index.html` to read, uploaded files (GDPR Art. 15, 20).

A holding that cannot be read does not lose the others: it is named in both files, which then say that they are incomplete.
"""

import json
import logging
import zipfile
from collections.abc import Iterable
from io import BytesIO

from django.core.serializers.json import DjangoJSONEncoder

from common.days import database_now
from consent import erasure, export_page, subjects, uploads
from consent.access import Export, Section, collect
from consent.models import SubjectRequest
from consent.privacy import Holding
from consent.privacy import holdings as every_holding

log = logging.getLogger(__name__)


def export(email: str, declared: Iterable[Holding] = every_holding) -> tuple[Export, bytes]:
    """All that is held on who is known by the address, and the ZIP; subjects.UnknownError when nobody is.

    The request is written down; when the export is complete it, and earlier ones of the same person, are answered.
    """
    subject = subjects.known_by(email)
    request = erasure.receive(subject, SubjectRequest.Right.ACCESS)
    found = collect(subject, declared)
    packed = pack(found)
    if not found.failed:
        asked = SubjectRequest.objects.unfinished().filter(right=SubjectRequest.Right.ACCESS)
        asked.of(request.digests).update(finished_at=database_now())
    return found, packed


def pack(found: Export) -> bytes:
    """The ZIP; a file that cannot be read makes its section failed."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for each in found.sections:
            for name in each.files:
                add_file(archive, each, name)
        told = json.dumps(found.as_json(), cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
        archive.writestr("data.json", told)
        archive.writestr("index.html", export_page.page(found))
    return packed.getvalue()


def add_file(archive: zipfile.ZipFile, section: Section, name: str) -> None:
    try:
        with uploads.open_file(name) as file:
            archive.writestr(f"files/{name}", file.read())
    except OSError as error:
        log.error("Export: a file of %s cannot be read", section.holding.name)  # noqa: TRY400  its name may be a person's
        section.failed = type(error).__name__
