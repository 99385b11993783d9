"""An industry's code in words (C1.1)."""

import pytest
from django.utils.translation import override

from crm import industries
from crm.templatetags.registered import industry


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("25620", "Teollisuus (25620)"),
        ("01", "Maatalous, metsätalous ja kalatalous (01)"),
        ("84110", "Julkinen hallinto ja maanpuolustus; pakollinen sosiaalivakuutus (84110)"),
        ("85599", "Koulutus (85599)"),
    ],
)
def test_code_is_told_with_its_section(code, words):
    with override("fi"):
        assert industry(code) == words


@pytest.mark.parametrize("code", ["00", "04", "34", "44100"])
def test_division_that_there_is_not_is_told_as_it_stands(code):
    assert industry(code) == code


def test_no_division_is_in_two_sections():
    divisions = [each for section, _words in industries.SECTIONS for each in section]
    assert len(divisions) == len(set(divisions)) == 88
