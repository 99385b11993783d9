"""Forms of signing in, and the fields for a name and an address that every form of ours shares."""

import unicodedata
from typing import Any

from allauth.account import forms as allauth_forms
from allauth.core import context
from allauth.core.internal.cryptokit import compare_user_code, normalize_user_code
from allauth.mfa import app_settings as mfa_settings
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import users
from accounts.http import codes, reauthentication
from accounts.models import User

# control characters, line and paragraph ends, lone surrogates; signs that turn the direction of what follows, and
# the one that stands for bytes that were no text
UNSEEN = {"Cc", "Cs", "Zl", "Zp"}
NO_NAME = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFFFD)}
WRONG = "incorrect_code"  # allauth's name of the error


def refuse_unseen(value: str) -> None:
    """Refuse a line break and other signs that no name holds: they would end up in the header of a mail."""
    if any(unicodedata.category(sign) in UNSEEN or sign in NO_NAME for sign in value):
        raise ValidationError(
            _("Write the name on one line, without special control characters."), code="unseen"
        )


class NameField(forms.CharField):
    """A person's name as they write it."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs = {
            "label": _("Your name"),
            "max_length": 200,
            "widget": forms.TextInput(attrs={"autocomplete": "name"}),
            "validators": [refuse_unseen],
            **kwargs,
        }
        super().__init__(**kwargs)


class AddressField(forms.EmailField):
    """A bare e-mail address, in lower case."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs = {
            "label": _("E-mail address"),
            "max_length": 254,
            "widget": forms.EmailInput(attrs={"autocomplete": "email"}),
            **kwargs,
        }
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        if "<" in str(value or ""):
            raise ValidationError(
                _("Write the address alone, without a name: anna.virtanen@example.org."),
                code="display_name",
            )
        return str(super().clean(value)).lower()


class CodeField(forms.CharField):
    """The code from the mail; spaces and hyphens do not matter."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"autocomplete": "one-time-code", "inputmode": "numeric"}
        kwargs = {
            "label": _("Code from the e-mail"),
            "max_length": 40,
            "widget": forms.TextInput(attrs=attrs),
            **kwargs,
        }
        super().__init__(**kwargs)


class CodeForm(allauth_forms.ConfirmLoginCodeForm):
    """The code that signs in."""

    code = CodeField()


class ResetCodeForm(allauth_forms.ConfirmPasswordResetCodeForm):
    """The code that lets a new password be set."""

    code = CodeField()


class AddressCodeForm(allauth_forms.ConfirmEmailVerificationCodeForm):
    """The code that proves a new address."""

    code = CodeField()

    def clean_code(self) -> str:
        given = self.cleaned_data["code"]
        if compare_user_code(actual=given, expected=self.expected_code):
            users.give_up_unproven(self.email)
        return str(super().clean_code())


class ConfirmCodeForm(forms.Form):
    """The code that shows once more that it is them."""

    code = CodeField()

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        if not reauthentication.is_right(self.request, code):
            raise ValidationError(_("The code is wrong or too old."), code=WRONG)
        return code


class RequestCodeForm(allauth_forms.RequestLoginCodeForm):
    """The address to mail a code to; a new one becomes a user, who is nobody until the code comes back."""

    email = AddressField()

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        self._user = codes.asker(context.request, email)
        return email


class PlainFields(forms.Form):
    """No placeholders: they vanish when one types and repeat the label."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class SignInForm(PlainFields, allauth_forms.LoginForm):
    """Address and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = AddressField()


class ForgottenForm(allauth_forms.ResetPasswordForm):
    """The address whose password is forgotten: looked up in one way, known or not (A09)."""

    email = AddressField()

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        self.users = list(User.objects.filter(email=email, is_active=True))
        return email


class NewAddressForm(allauth_forms.AddEmailForm):
    """The address to change to."""

    email = AddressField(label=_("New e-mail address"))


class NewPasswordForm(PlainFields, allauth_forms.ResetPasswordKeyForm):
    """A new password after the old one was forgotten."""


class FirstPasswordForm(PlainFields, allauth_forms.SetPasswordForm):
    """A password for somebody who has signed in by codes."""


class ChangePasswordForm(PlainFields, allauth_forms.ChangePasswordForm):
    """Another password."""


# --- second factors ---------------------------------------------------------------------------


class CodeOnce(PlainFields):
    """A code of the app works once: while it is right, which is longer than allauth remembers it with a tolerance."""

    user: User
    authenticator: Authenticator

    def clean_code(self) -> str:
        code = str(super().clean_code())  # type: ignore[misc]  # of the allauth form beside this class
        key = f"accounts.factor.{self.user.pk}.{normalize_user_code(code)}"
        lives = mfa_settings.TOTP_PERIOD * (2 * mfa_settings.TOTP_TOLERANCE + 1)
        is_new = cache.add(key, value=True, timeout=lives)
        if self.authenticator.type == Authenticator.Type.TOTP and not is_new:
            raise get_mfa_adapter().validation_error(WRONG)
        return code


class FactorForm(CodeOnce, mfa_forms.AuthenticateForm):
    """The second factor when signing in, by hand: the page asks nothing else, so one may type at once."""

    code = CodeField(label=_("Code from your app, or a recovery code"))
    code.widget.attrs["autofocus"] = True


class FactorAgainForm(CodeOnce, mfa_forms.ReauthenticateForm):
    """The second factor once more."""

    code = CodeField(label=_("Code from your app, or a recovery code"))


class NewAppForm(PlainFields, ActivateTOTPForm):
    """The first code of an app shows that it was set up."""

    code = CodeField(label=_("Code from your app"))


class NewPasskeyForm(AddWebAuthnForm):
    """A new passkey's name, and whether it signs in alone."""

    name = NameField(label=_("Name, to tell it from others"), required=False, max_length=80)
    passwordless = forms.BooleanField(
        label=_("Sign in with it alone, without a password or a code"),
        help_text=_("The device then asks for your fingerprint, your face or its PIN."),
        required=False,
        initial=True,
    )
