"""A second factor: obligatory for staff, used in this session, hard to guess and told of by mail (A16, E3.4)."""

import base64
import time

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.contrib.messages import get_messages
from django.core.cache import cache

from accounts.forms import CodeOnce
from courses.models import Enrolment
from mailing.models import Delivery
from tests import factories
from tests.clients import FACTOR, PASSWORD

pytestmark = pytest.mark.django_db

WORDS = "kolme vihreää porkkanaa"
NEEDED = "/en/accounts/2fa/needed/"
AUTHENTICATE = "/en/accounts/2fa/authenticate/"
ACTIVATE = "/en/accounts/2fa/totp/activate/"
DEACTIVATE = "/en/accounts/2fa/totp/deactivate/"
AGAIN = "/en/accounts/2fa/reauthenticate/"
PAGE = "/staff/people/"
SECRET = base64.b32encode(b"twenty bytes of it..").decode()
WRONG = "000000"


@pytest.fixture(autouse=True)
def _quick_and_english(settings, client):
    """What is looked at here is not how slow a hash is."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


@pytest.fixture
def seller():
    """A member of staff with a password."""
    user = factories.staff(factories.institution("tamk"), "sales", "sales@example.org")
    user.set_password(WORDS)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def app(seller):
    """The seller's app; ask it for the code of this moment, or of so many half minutes from now."""
    TOTP.activate(seller, SECRET)

    def code(steps=0):
        return format_hotp_value(hotp_value(SECRET, int(time.time()) // 30 + steps))

    return code


def sign_in(client, path="/en/accounts/login/", **more):
    return client.post(path, {"login": "sales@example.org", "password": WORDS, **more})


def is_in(client):
    return "_auth_user_id" in client.session


# --- who has none ------------------------------------------------------------------------------


def test_staff_without_one_are_led_to_it_after_signing_in(client, seller):
    assert sign_in(client, next=PAGE).headers["Location"] == NEEDED
    page = client.get(NEEDED).content.decode()
    assert 'href="/en/accounts/2fa/totp/activate/"' in page
    assert 'href="/en/accounts/2fa/webauthn/add/"' in page


def test_no_staff_page_answers_them(client, seller):
    sign_in(client)
    for page in (PAGE, "/staff/", "/admin/", "/admin/accounts/user/"):
        assert client.get(page).headers["Location"] == NEEDED


def test_learners_need_none(client):
    client.force_login(factories.user(), by=(PASSWORD,))
    assert client.get("/en/me/").status_code == 200


def test_a_superuser_needs_one_without_any_role(client):
    client.force_login(factories.user(is_superuser=True, is_staff=True), by=(PASSWORD,))
    assert client.get("/admin/").headers["Location"] == NEEDED


def test_an_app_is_set_up_by_its_first_code_and_the_way_goes_on(client, seller):
    sign_in(client)
    client.get(PAGE)
    page = client.get(ACTIVATE).content.decode()
    secret = client.session["mfa.totp.secret"]
    assert secret in page
    assert 'src="data:image/svg+xml;base64,' in page
    assert client.post(ACTIVATE, {"code": WRONG}).status_code == 422
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    answer = client.post(ACTIVATE, {"code": code})
    codes = client.get(answer.headers["Location"]).content.decode()
    assert f'href="{PAGE}"' in codes
    assert client.get(PAGE).status_code == 200


def test_its_secret_is_not_in_the_database_as_it_is(seller, app):
    stored = Authenticator.objects.get().data["secret"]
    assert SECRET not in stored
    assert TOTP(Authenticator.objects.get()).validate_code(app())


def test_an_older_key_opens_what_it_closed_and_a_lost_one_opens_nothing(settings, seller, app):
    settings.FACTOR_KEYS = ["new", *settings.FACTOR_KEYS]
    assert TOTP(Authenticator.objects.get()).validate_code(app())


def test_a_lost_key_lets_nobody_in(settings, client, seller, app):
    settings.FACTOR_KEYS = ["another"]
    sign_in(client)
    assert client.post(AUTHENTICATE, {"code": app()}).status_code == 422
    assert not is_in(client)


# --- who has one -------------------------------------------------------------------------------


def test_a_password_alone_signs_nobody_in_who_has_one(client, seller, app):
    assert sign_in(client, next=PAGE).headers["Location"] == AUTHENTICATE
    assert not is_in(client)
    assert client.post(AUTHENTICATE, {"code": app()}).headers["Location"] == PAGE
    assert client.get(PAGE).status_code == 200


def test_nor_a_mailed_code(client, seller, app, mailed_code):
    client.post("/en/accounts/login/code/", {"email": seller.email})
    code = mailed_code(seller.email)
    answer = client.post("/en/accounts/login/code/confirm/", {"code": code})
    assert answer.headers["Location"] == AUTHENTICATE
    assert not is_in(client)


def test_enrolling_by_a_code_asks_for_it_and_comes_back_to_the_run(
    client, seller, app, mailed_code, set_clock
):
    set_clock(factories.NOW)
    run = factories.run()
    page = f"/en/courses/{run.course.slug}/{run.pk}/enrol/"
    client.post(page, {"email": seller.email, "name": "Saara"})
    answer = client.post(f"{page}code/", {"code": mailed_code(seller.email)})
    assert answer.headers["Location"] == AUTHENTICATE
    assert Enrolment.objects.count() == 0
    assert client.post(AUTHENTICATE, {"code": app()}).headers["Location"] == page


def test_nor_a_new_password(client, seller, app, mailed_code):
    client.post("/en/accounts/password/reset/", {"email": seller.email})
    client.post("/en/accounts/password/reset/confirm/", {"code": mailed_code(seller.email)})
    new = {"password1": "neljä punaista retiisiä", "password2": "neljä punaista retiisiä"}
    answer = client.post("/en/accounts/password/reset/complete/", new, follow=True)
    assert answer.redirect_chain[-1][0] == AUTHENTICATE
    assert not is_in(client)


def test_a_session_that_has_not_used_it_is_asked_before_staff_pages_alone(client, seller, app):
    client.force_login(seller, by=(PASSWORD,))
    assert client.get("/en/me/").status_code == 200
    asked = client.get(f"{PAGE}?q=1")
    assert asked.headers["Location"] == f"{AGAIN}?next=%2Fstaff%2Fpeople%2F%3Fq%3D1"
    answer = client.post(AGAIN, {"code": app(), "next": f"{PAGE}?q=1"})
    assert answer.headers["Location"] == f"{PAGE}?q=1"
    assert client.get(PAGE).status_code == 200


def test_what_such_a_session_posts_waits_for_it(client, seller, app):
    client.force_login(seller, by=(PASSWORD,))
    client.post(PAGE, {"address": seller.email})
    answer = client.post(AGAIN, {"code": app(), "next": PAGE})
    own = f"/staff/people/{seller.person.pk}/"
    assert answer.headers["Location"].startswith(own)


def test_a_code_is_right_half_a_minute_before_and_after(client, seller, app):
    with time_machine.travel(1_800_000_015, tick=False):
        for steps, status in ((-2, 422), (-1, 302), (1, 302), (2, 422)):
            sign_in(client)
            assert client.post(AUTHENTICATE, {"code": app(steps)}).status_code == status
            client.post("/en/accounts/logout/")


def test_a_code_works_once_for_as_long_as_it_is_right(client, seller, app):
    sign_in(client)
    code = app(1)
    client.post(AUTHENTICATE, {"code": code})
    client.post("/en/accounts/logout/")
    sign_in(client)
    assert client.post(AUTHENTICATE, {"code": code}).status_code == 422
    assert not is_in(client)


def test_a_control_takes_a_code_twice(client, seller, app, monkeypatch):
    """allauth alone forgets a used code after half a minute, when it is still right."""
    monkeypatch.delattr(CodeOnce, "clean_code")
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        code = app(1)
        for _ in range(2):
            sign_in(client)
            assert client.post(AUTHENTICATE, {"code": code}).status_code == 302
            client.post("/en/accounts/logout/")
            cache.clear()
            clock.shift(35)


def test_after_five_wrong_codes_even_the_right_one_must_wait(client, seller, app):
    sign_in(client)
    for _ in range(5):
        assert client.post(AUTHENTICATE, {"code": WRONG}).status_code == 422
    assert client.post(AUTHENTICATE, {"code": app()}).status_code == 422
    assert not is_in(client)


def test_a_control_without_the_limit_goes_on_guessing(client, seller, app, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed": "20/m/ip"}
    sign_in(client)
    for _ in range(5):
        client.post(AUTHENTICATE, {"code": WRONG})
    assert client.post(AUTHENTICATE, {"code": app()}).status_code == 302


def test_a_recovery_code_stands_in_once(client, seller, app):
    code = RecoveryCodes.activate(seller).get_unused_codes()[0]
    sign_in(client)
    client.post(AUTHENTICATE, {"code": code})
    assert is_in(client)
    client.post("/en/accounts/logout/")
    sign_in(client)
    assert client.post(AUTHENTICATE, {"code": code}).status_code == 422


@pytest.mark.parametrize(
    "code",
    ["", "x" * 5000, "١٢٣٤٥٦", "12 34", "\ud800".encode("utf-8", "surrogatepass").decode("latin1")],
)
def test_nonsense_is_refused_in_words(client, seller, app, code):
    sign_in(client)
    assert client.post(AUTHENTICATE, {"code": code}).status_code == 422
    assert client.post(AUTHENTICATE, {"credential": code or "{}"}).status_code == 422
    assert not is_in(client)


# --- doing without -----------------------------------------------------------------------------


def test_the_demo_lets_it_be_skipped_and_says_so(client, seller, settings):
    settings.DEMO = True
    client.force_login(seller, by=(PASSWORD,))
    client.get(PAGE)
    assert "Skip this in the demo" in client.get(NEEDED).content.decode()
    assert client.post(NEEDED).headers["Location"] == PAGE
    assert client.get(PAGE).status_code == 200
    another = type(client)()
    another.force_login(seller, by=(PASSWORD,))
    assert another.get(PAGE).status_code == 302


def test_elsewhere_there_is_no_such_way(client, seller, settings):
    settings.DEMO = False
    client.force_login(seller, by=(PASSWORD,))
    assert "demo" not in client.get(NEEDED).content.decode()
    assert client.post(NEEDED).status_code == 404
    session = client.session
    session["staff_skips_factor"] = True  # as if a demo's session came along with its database
    session.save()
    assert client.get(PAGE).headers["Location"] == NEEDED


def test_staff_keep_one(client, seller, app):
    client.force_login(seller)
    assert client.post(DEACTIVATE).status_code == 422
    assert Authenticator.objects.count() == 1


def test_others_may_do_without(client):
    user = factories.user("anna@example.org")
    TOTP.activate(user, SECRET)
    client.force_login(user)
    client.post(DEACTIVATE)
    assert Authenticator.objects.count() == 0


def test_a_passkey_of_somebody_else_is_nobodys_to_remove(client, seller):
    theirs = Authenticator.objects.create(
        user=factories.user(), type=Authenticator.Type.WEBAUTHN, data={"name": "Avain"}
    )
    client.force_login(seller)
    path = f"/en/accounts/2fa/webauthn/keys/{theirs.pk}/remove/"
    assert (client.get(path).status_code, client.post(path).status_code) == (404, 404)


def test_the_last_passkey_of_staff_stays_and_they_are_told(client, seller):
    own = Authenticator.objects.create(
        user=seller, type=Authenticator.Type.WEBAUTHN, data={"name": "Avain"}
    )
    client.force_login(seller)
    answer = client.post(f"/en/accounts/2fa/webauthn/keys/{own.pk}/remove/")
    told = [str(each) for each in get_messages(answer.wsgi_request)]
    assert told == ["Staff need a second factor. Add another one before you remove this."]
    assert Authenticator.objects.get() == own


# --- changing what one has ---------------------------------------------------------------------


@pytest.mark.parametrize("path", [ACTIVATE, DEACTIVATE, "/en/accounts/2fa/webauthn/add/"])
def test_before_a_change_one_confirms_that_it_is_them(client, path):
    user = factories.user("anna@example.org")
    if path == DEACTIVATE:
        TOTP.activate(user, SECRET)
    client.force_login(user, ago=601)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    assert "/reauthenticate/" in client.get(path).headers["Location"]


def test_each_change_is_told_by_mail(client, seller, app, django_capture_on_commit_callbacks):
    client.force_login(seller)
    Authenticator.objects.create(user=seller, type="webauthn", data={"name": "Avain"})
    client.post(DEACTIVATE)
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/en/accounts/2fa/recovery-codes/generate/")
    told = [each.message.context["what"] for each in Delivery.objects.order_by("pk")]
    assert told == ["app_removed", "recovery_codes"]
    assert {each.address for each in Delivery.objects.all()} == {"sales@example.org"}


def test_taking_one_away_ends_the_other_sessions_alone(client, seller, app):
    Authenticator.objects.create(user=seller, type="webauthn", data={"name": "Avain"})
    other = type(client)()
    other.force_login(seller)
    client.force_login(seller)
    client.post(DEACTIVATE)
    assert client.get(PAGE).status_code == 200
    assert other.get(PAGE).headers["Location"].endswith(f"/login/?next={PAGE}")


def test_the_records_of_one_user_count_for_nobody_else(client, seller):
    """A session that changes hands without a new sign-in knows of no factor."""
    client.force_login(factories.user(), by=(PASSWORD, FACTOR))
    session = client.session
    session["_auth_user_id"] = str(seller.pk)
    session["_auth_user_hash"] = seller.get_session_auth_hash()
    session.save()
    assert client.get(PAGE).status_code == 302
