"""What a staff role allows, and for which institution (A1.6, E3.1)."""

import pytest

from accounts.models import Institution, StaffRole
from accounts.roles import TABLE, Permission, Role, permissions_of
from tests import factories

pytestmark = pytest.mark.django_db


def test_every_role_has_its_row_in_the_table():
    assert set(TABLE) == set(Role)


def test_an_unknown_role_permits_nothing():
    assert permissions_of("janitor") == frozenset()


def test_a_role_permits_at_its_own_institution_only():
    own, other = factories.institution(slug="own"), factories.institution(slug="other")
    user = factories.user()
    StaffRole.objects.create(user=user, institution=own, role=Role.COORDINATOR)
    assert user.may(Permission.EDIT_OFFERING, own)
    assert not user.may(Permission.EDIT_OFFERING, other)
    assert list(Institution.objects.staffed_by(user, Permission.EDIT_OFFERING)) == [own]


def test_a_role_without_institution_permits_at_all_of_them():
    institutions = [factories.institution(slug="a"), factories.institution(slug="b")]
    user = factories.user()
    StaffRole.objects.create(user=user, role=Role.MANAGER)
    assert list(Institution.objects.staffed_by(user, Permission.EDIT_OFFERING)) == institutions


def test_sales_edits_no_offering():
    institution = factories.institution()
    user = factories.user()
    StaffRole.objects.create(user=user, institution=institution, role=Role.SALES)
    assert not user.may(Permission.EDIT_OFFERING, institution)
    assert list(Institution.objects.staffed_by(user, Permission.EDIT_OFFERING)) == []


def test_a_closed_account_may_nothing():
    user = factories.user()
    StaffRole.objects.create(user=user, role=Role.ADMIN)
    user.is_active = False
    assert not user.may(Permission.USE_WORKBENCH)
    assert list(Institution.objects.staffed_by(user, Permission.EDIT_OFFERING)) == []


def test_an_auditor_may_see_what_anybody_may_and_nothing_else():
    """That the pages keep to it is asked of the pages: tests/walks/test_auditor.py."""
    others = frozenset().union(*(TABLE[role] for role in Role if role != Role.AUDITOR))
    seeing = {each for each in others if each.value.startswith("see_")}
    assert permissions_of("auditor") == seeing | {Permission.USE_WORKBENCH}
