"""The sections of TOL 2008, Statistics Finland's standard industrial classification, in words.

A code's first two digits are its division; sections are ranges of divisions, the same as those of NACE Rev. 2
(Regulation (EC) No 1893/2006, Annex I), whose names in each language are used.
"""

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

SECTIONS: tuple[tuple[range, StrOrPromise], ...] = (
    (range(1, 4), _("Agriculture, forestry and fishing")),
    (range(5, 10), _("Mining and quarrying")),
    (range(10, 34), _("Manufacturing")),
    (range(35, 36), _("Electricity, gas, steam and air conditioning supply")),
    (range(36, 40), _("Water supply; sewerage, waste management and remediation activities")),
    (range(41, 44), _("Construction")),
    (
        range(45, 48),
        _("Wholesale and retail trade; repair of motor vehicles and motorcycles"),
    ),
    (range(49, 54), _("Transportation and storage")),
    (range(55, 57), _("Accommodation and food service activities")),
    (range(58, 64), _("Information and communication")),
    (range(64, 67), _("Financial and insurance activities")),
    (range(68, 69), _("Real estate activities")),
    (range(69, 76), _("Professional, scientific and technical activities")),
    (range(77, 83), _("Administrative and support service activities")),
    (range(84, 85), _("Public administration and defence; compulsory social security")),
    (range(85, 86), _("Education")),
    (range(86, 89), _("Human health and social work activities")),
    (range(90, 94), _("Arts, entertainment and recreation")),
    (range(94, 97), _("Other service activities")),
    (range(97, 99), _("Activities of households")),
    (range(99, 100), _("Activities of extraterritorial organisations and bodies")),
)


def section(code: str) -> StrOrPromise:
    """The name of the section that a code of two to five digits belongs to; empty for a division that there is not."""
    division = int(code[:2])
    return next((words for divisions, words in SECTIONS if division in divisions), "")
