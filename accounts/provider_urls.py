"""Where other institutions' sign-in comes and goes: the same in every language, for it is registered there."""

from allauth.socialaccount.providers.saml import views as saml
from django.urls import path

from accounts.http import oidc

urlpatterns = [
    path("oidc/<slug:provider_id>/login/", oidc.login, name="openid_connect_login"),
    path("oidc/<slug:provider_id>/login/callback/", oidc.callback, name="openid_connect_callback"),
    path("saml/<slug:organization_slug>/login/", oidc.or_said(saml.login), name="saml_login"),
    path("saml/<slug:organization_slug>/acs/", saml.acs, name="saml_acs"),
    path(
        "saml/<slug:organization_slug>/acs/finish/",
        oidc.or_said(saml.finish_acs),
        name="saml_finish_acs",
    ),
    path("saml/<slug:organization_slug>/sls/", oidc.or_said(saml.sls), name="saml_sls"),
    path(
        "saml/<slug:organization_slug>/metadata/", oidc.or_said(saml.metadata), name="saml_metadata"
    ),
]
