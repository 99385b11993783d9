"""Pages for staff: who comes in, by the table of roles (E3.1)."""

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from accounts.access import staff_required
from accounts.roles import Permission
from tests import factories

pytestmark = pytest.mark.django_db


@staff_required(Permission.EDIT_OFFERING)
def page(request, name):
    return HttpResponse(name)


def ask(rf, user):
    request = rf.get("/staff/page/")
    request.user = user
    return page(request, name="hello")


def test_a_role_with_the_permission_comes_in(rf):
    coordinator = factories.staff(factories.institution("tamk"), "coordinator")
    assert ask(rf, coordinator).content == b"hello"


@pytest.mark.parametrize("who", ["learner", "trainer", "left"])
def test_others_do_not(rf, who):
    tamk = factories.institution("tamk")
    user = {
        "learner": factories.user,
        "trainer": lambda: factories.staff(tamk, "trainer"),
        "left": lambda: factories.staff(tamk, "coordinator"),
    }[who]()
    user.is_active = who != "left"
    with pytest.raises(PermissionDenied):
        ask(rf, user)


def test_a_visitor_is_asked_to_sign_in(client):
    response = client.get("/staff/health/", headers={"accept-language": "en"})
    assert (response.status_code, response.url) == (
        302,
        "/en/accounts/login/?next=/staff/health/",
    )
