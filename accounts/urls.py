"""Signing in: allauth's URLs, with one door for those who have an account and those who have none: the mailed code."""

from allauth.socialaccount.views import login_cancelled
from django.urls import include, path
from django.views.generic import RedirectView

from accounts import views

by_code = RedirectView.as_view(pattern_name="account_request_login_code", query_string=True)

urlpatterns = [
    path("login/", views.sign_in, name="account_login"),
    path("login/code/", views.ask_for_code, name="account_request_login_code"),
    path("signup/", by_code),
    path("reauthenticate/code/", views.confirm_by_code, name="account_reauthenticate_code"),
    path("2fa/needed/", views.factor, name="account_factor"),
    path("2fa/totp/activate/", views.add_app, name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", views.remove_app, name="mfa_deactivate_totp"),
    path("2fa/webauthn/add/", views.add_passkey, name="mfa_add_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/remove/", views.remove_passkey, name="mfa_remove_webauthn"),
    path("", include("allauth.account.urls")),
    path("2fa/", include("allauth.mfa.urls")),
    path("cancelled/", login_cancelled, name="socialaccount_login_cancelled"),
]
