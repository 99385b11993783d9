"""Signing in: allauth's URLs, with one door for those who have an account and those who have none: the mailed code."""

from django.urls import include, path
from django.views.generic import RedirectView

from accounts import views

by_code = RedirectView.as_view(pattern_name="account_request_login_code", query_string=True)

urlpatterns = [
    path("login/", views.sign_in, name="account_login"),
    path("login/code/", views.ask_for_code, name="account_request_login_code"),
    path("signup/", by_code),
    path("reauthenticate/code/", views.confirm_by_code, name="account_reauthenticate_code"),
    path("", include("allauth.urls")),
]
