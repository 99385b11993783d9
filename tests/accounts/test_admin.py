"""Who may give roles and change what institutions share, in /admin/ (A1.6, E3.1)."""

import pytest
from django.urls import reverse

from accounts.models import Institution, StaffRole, User
from accounts.roles import Role
from courses.models import Theme, Venue
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def own():
    return factories.institution("tamk")


@pytest.fixture
def other():
    return factories.institution("tty")


@pytest.fixture
def local(client, own):
    """The admin of one institution, signed in."""
    user = factories.staff(own, "admin")
    client.force_login(user)
    return user


@pytest.fixture
def chief(client):
    """An admin over all, signed in."""
    user = factories.staff(None, "admin")
    client.force_login(user)
    return user


def give(client, user, institution, role="manager", **changed):
    """Save the user's page with one role more, and what it shows of the others as it is."""
    url = reverse("admin:accounts_user_change", args=[user.pk])
    shown = list(client.get(url).context["inline_admin_formsets"][0].formset.queryset)
    values = {
        "name": user.name,
        "language": "fi",
        "is_active": "on",
        "staff_roles-INITIAL_FORMS": len(shown),
        "staff_roles-TOTAL_FORMS": len(shown) + 1,
        f"staff_roles-{len(shown)}-role": role,
        f"staff_roles-{len(shown)}-institution": institution.pk if institution else "",
        **changed,
    }
    for number, each in enumerate(shown):
        values[f"staff_roles-{number}-id"] = each.pk
        values[f"staff_roles-{number}-role"] = each.role
        values[f"staff_roles-{number}-institution"] = each.institution_id or ""
    return client.post(url, values)


def roles():
    return set(StaffRole.objects.values_list("user__email", "role", "institution__slug"))


def test_an_institutions_admin_gives_roles_at_it(client, local, own):
    colleague = factories.user("colleague@example.org")
    assert give(client, colleague, own).status_code == 302
    assert (colleague.email, "manager", "tamk") in roles()


@pytest.mark.parametrize("where", ["other", "all"])
def test_but_neither_at_another_nor_over_all(client, local, other, where):
    before = roles()
    for user in (local, factories.user("colleague@example.org")):
        response = give(client, user, other if where == "other" else None, role="admin")
        assert response.status_code == 422
        assert "institution" in response.context["inline_admin_formsets"][0].formset.errors[-1]
    assert roles() == before


def test_an_institutions_admin_neither_sees_nor_takes_others_roles(client, local, own, other):
    stranger = factories.staff(other, "coordinator", "stranger@example.org")
    StaffRole.objects.create(user=stranger, role=Role.SALES)
    before = roles()
    assert give(client, stranger, own, is_active="").status_code == 302
    assert roles() == before | {("stranger@example.org", "manager", "tamk")}
    assert User.objects.get(pk=stranger.pk).is_active


def test_an_admin_over_all_gives_any_role_and_closes_accounts(client, chief, other):
    stranger = factories.staff(other, "coordinator", "stranger@example.org")
    assert give(client, stranger, None, is_active="").status_code == 302
    assert ("stranger@example.org", "manager", None) in roles()
    assert not User.objects.get(pk=stranger.pk).is_active


def test_institutions_are_added_by_admins_over_all_alone(client, own):
    page = reverse("admin:accounts_institution_add")
    for user, status in (
        (factories.staff(own, "admin"), 403),
        (factories.staff(None, "admin"), 200),
    ):
        client.force_login(user)
        assert client.get(page).status_code == status


def test_a_manager_edits_the_details_of_the_own_institution_alone(client, own, other):
    client.force_login(factories.staff(own, "manager"))
    urls = [reverse("admin:accounts_institution_change", args=[each.pk]) for each in (own, other)]
    assert [client.get(url).status_code for url in urls] == [200, 302]
    client.post(urls[1], {"name_fi": "Kaapattu", "short_name": "X", "slug": "x"})
    assert Institution.objects.get(pk=other.pk).short_name == "TTY"


@pytest.mark.parametrize(("where", "changed"), [("tamk", False), (None, True)])
def test_what_institutions_share_is_changed_by_staff_over_all(client, where, changed):
    institution = factories.institution(where) if where else None
    client.force_login(factories.staff(institution, "admin"))
    shared, theme = factories.venue(name="Yhteinen"), factories.theme("digi", thread=2)
    venue = {"slug": shared.slug, "name": "Kaapattu", "institution": ""}
    client.post(reverse("admin:courses_venue_change", args=[shared.pk]), venue)
    thread = {"topic": theme.topic_id, "thread": 5, "position": 0}
    client.post(reverse("admin:courses_theme_change", args=[theme.pk]), thread)
    assert Venue.objects.get(pk=shared.pk).name == ("Kaapattu" if changed else "Yhteinen")
    assert Theme.objects.get(pk=theme.pk).thread == (5 if changed else 2)


def test_a_new_place_of_one_institutions_staff_is_that_institutions(client, own):
    client.force_login(factories.staff(own, "coordinator"))
    page = reverse("admin:courses_venue_add")
    response = client.post(page, {"slug": "paja", "name": "Paja", "institution": ""})
    assert list(response.context["adminform"].form.errors) == ["institution"]
    client.post(page, {"slug": "paja", "name": "Paja", "institution": own.pk})
    assert Venue.objects.get().institution == own


@pytest.mark.parametrize("is_demo", [True, False])
def test_its_pages_have_the_sites_name_and_in_the_demo_the_notice(client, chief, settings, is_demo):
    settings.SITE_NAME, settings.DEMO = "Verkko", is_demo
    page = client.get("/admin/", headers={"accept-language": "fi"}).content.decode()
    assert "Verkko: ylläpito" in page
    assert ("Tämä on demo" in page) is is_demo
