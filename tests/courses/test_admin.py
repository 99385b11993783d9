"""An institution's staff edit their own offering and no other, and see who is booked twice (A1.6, A2.5)."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import StaffRole
from courses.models import Course, Run, Seat
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def own():
    return factories.institution("tamk")


@pytest.fixture
def other():
    return factories.institution("tty")


@pytest.fixture
def coordinator(client, own):
    user = factories.staff(own, "coordinator")
    client.force_login(user)
    return user


def page(client, name, *args):
    return client.get(reverse(f"admin:courses_{name}", args=args))


def test_the_list_shows_ones_own_courses_only(client, coordinator, own, other):
    factories.course("Oma koulutus", institution=own)
    factories.course("Vieras koulutus", institution=other)
    text = page(client, "course_changelist").content.decode()
    assert "Oma koulutus" in text
    assert "Vieras koulutus" not in text


def test_anothers_course_cannot_be_opened(client, coordinator, other):
    course = factories.course(institution=other)
    response = page(client, "course_change", course.pk)
    assert response.status_code == 302  # Django's admin: not found among yours, back to the index


def test_a_course_cannot_be_given_to_another_institution(client, coordinator, own, other):
    course = factories.course(institution=own)
    url = reverse("admin:courses_course_change", args=[course.pk])
    form = client.get(url).context["adminform"].form
    assert list(form.fields["institution"].queryset) == [own]
    client.post(url, {"institution": other.pk, "title_fi": "Kaapattu", "slug": course.slug})
    course.refresh_from_db()
    assert course.institution == own
    assert course.title_fi != "Kaapattu"


def test_anothers_run_cannot_be_opened(client, coordinator, other):
    run = factories.run(factories.course(institution=other))
    assert page(client, "run_change", run.pk).status_code == 302


def test_a_role_without_offering_sees_no_courses(client, own):
    client.force_login(factories.staff(own, "sales"))
    assert page(client, "course_changelist").status_code == 403


def test_learners_have_no_admin(client):
    client.force_login(factories.user())
    assert client.get("/admin/").status_code == 403


def test_nobody_deletes_a_course(client, coordinator, own):
    course = factories.course(institution=own)
    response = client.post(
        reverse("admin:courses_course_delete", args=[course.pk]), {"post": "yes"}
    )
    assert response.status_code == 403
    assert Course.objects.filter(pk=course.pk).exists()


def run_values(run, **changed):
    return {
        "course": run.course_id,
        "kind": "open",
        "organisation": "",
        "name": "",
        "delivery": run.delivery,
        "language": run.language,
        "venue": "",
        "starts_on": run.starts_on.isoformat(),
        "ends_on": run.ends_on.isoformat(),
        "enrolment_closes_at_0": run.enrolment_closes_at.date().isoformat(),
        "enrolment_closes_at_1": "12:00",
        "minimum": 0,
        "price_net": "1000",
        "vat_rate": "25.5",
        "apply_url": "",
        "state": "published",
        "seats": run.capacity,
        "sessions-TOTAL_FORMS": 0,
        "sessions-INITIAL_FORMS": 0,
        **changed,
    }


def save(client, run, **changed):
    url = reverse("admin:courses_run_change", args=[run.pk])
    return client.post(url, run_values(run, **changed), headers={"accept-language": "en"})


def test_more_seats_make_more_rows(client, coordinator, own):
    run = factories.run(factories.course(institution=own), seats=3)
    response = save(client, run, seats=5)
    assert response.status_code == 302, response.context["errors"]
    assert Seat.objects.filter(run=run).count() == 5
    assert Run.objects.get(pk=run.pk).capacity == 5


def test_fewer_seats_than_people_hold_are_refused(client, coordinator, own):
    run = factories.run(factories.course(institution=own), seats=3)
    factories.enrolment(run)
    factories.enrolment(run)
    response = save(client, run, seats=1)
    assert response.status_code == 422
    assert "seats" in response.context["adminform"].form.errors
    assert Seat.objects.filter(run=run).count() == 3


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"price_net": "-1"}, "The price cannot be negative."),
        ({"vat_rate": "101"}, "The VAT rate is between 0 and 100 per cent."),
        ({"ends_on": "2000-01-01"}, "The last day cannot be before the first."),
        ({"kind": "company"}, "A company run names its organisation; an open run names none."),
    ],
)
def test_a_value_the_database_refuses_is_told_in_words(client, coordinator, own, changed, sentence):
    run = factories.run(factories.course(institution=own))
    response = save(client, run, seats=run.capacity, **changed)
    assert response.status_code == 422
    assert response.context["adminform"].form.non_field_errors() == [sentence]
    before = Run.objects.get(pk=run.pk)
    assert (before.price_net, before.vat_rate, before.ends_on, before.kind) == (
        run.price_net,
        run.vat_rate,
        run.ends_on,
        run.kind,
    )


def test_a_million_sessions_are_refused_soon(client, coordinator, own):
    run = factories.run(factories.course(institution=own))
    response = save(client, run, **{"sessions-TOTAL_FORMS": 1_000_000})
    assert response.status_code == 422
    (formset,) = (each.formset for each in response.context["inline_admin_formsets"])
    assert len(formset.forms) == 200
    assert formset.non_form_errors() == ["Please submit at most 200 forms."]


def test_a_trainer_booked_twice_over_institutions_is_shown(client, coordinator, own, other):
    trainer = factories.trainer("Petri Laakso")
    run = factories.run(factories.course(institution=own))
    factories.session(run, trainer=trainer)
    elsewhere = factories.run(factories.course("Toinen talo", institution=other))
    factories.session(elsewhere, trainer=trainer, starts_at=NOW + timedelta(days=14, hours=2))
    text = page(client, "run_change", run.pk).content.decode()
    assert "Petri Laakso" in text
    assert "Toinen talo" in text


def test_the_clash_list_has_both_sessions_and_no_other(client, coordinator, own, other):
    venue = factories.venue()
    first = factories.session(factories.run(factories.course(institution=own)), venue=venue)
    second = factories.session(factories.run(factories.course(institution=other)), venue=venue)
    factories.session(
        factories.run(factories.course(institution=other)),
        venue=venue,
        starts_at=NOW + timedelta(days=20),
    )
    response = client.get(reverse("admin:courses_session_changelist"), {"clashes": "yes"})
    assert set(response.context["cl"].queryset) == {first, second}


def clashes(client):
    response = client.get(reverse("admin:courses_session_changelist"), {"clashes": "yes"})
    return set(response.context["cl"].queryset)


def test_sessions_on_site_without_a_venue_need_their_runs(client, coordinator, own, other):
    room = factories.venue(name="Paja 2")
    run = factories.run(factories.course(institution=own), venue=room)
    elsewhere = factories.run(factories.course("Toinen talo", institution=other), venue=room)
    sessions = {factories.session(run), factories.session(elsewhere)}
    assert clashes(client) == sessions
    text = page(client, "run_change", run.pk).content.decode()
    assert "<p>Paja 2 on varattu myös 7.12.2026 12.00: Toinen talo (TTY).</p>" in text


def test_sessions_online_and_in_a_whole_building_do_not_clash(client, coordinator, own):
    room = factories.venue()
    campus = factories.venue()
    campus.is_shared = True
    campus.save()
    for venue, delivery in ((room, "blended"), (campus, "on_site")):
        for _ in range(2):
            run = factories.run(factories.course(institution=own), venue=venue, delivery=delivery)
            factories.session(run)
    assert clashes(client) == set()
    assert "Ei päällekkäisyyksiä." in page(client, "run_change", run.pk).content.decode()


# --- who only looks -------------------------------------------------------------------------


def test_an_auditor_sees_drafts_and_saves_nothing(client):
    draft = factories.course("Luonnos", published_at=None)
    client.force_login(factories.staff(draft.institution, "auditor"))
    page = f"/admin/courses/course/{draft.pk}/change/"
    assert 'name="_save"' not in client.get(page).content.decode()
    assert client.get(draft.get_absolute_url()).status_code == 200
    assert client.post(page, {"title_fi": "Kaapattu"}).status_code == 403
    assert Course.objects.get().title_fi == "Luonnos"


def test_looking_at_one_institution_gives_no_editing_there_to_who_edits_another(client):
    own, seen = (factories.institution(slug) for slug in ("tamk", "tty"))
    user = factories.staff(own, "coordinator")
    StaffRole.objects.create(user=user, institution=seen, role="auditor")
    client.force_login(user)
    run = factories.run(factories.course("Toisten", institution=seen))
    before = Run.objects.values().get()
    for page in (f"course/{run.course_id}", f"run/{run.pk}"):
        assert client.get(f"/admin/courses/{page}/change/").status_code == 200
        assert client.post(f"/admin/courses/{page}/change/", {"seats": 1}).status_code == 403
    assert Run.objects.values().get() == before
