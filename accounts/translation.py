"""Fields of accounts that exist in every language."""

from modeltranslation.translator import TranslationOptions, register

from accounts.models import Institution, User


@register(Institution)
class InstitutionTranslation(TranslationOptions):
    fields = ("name",)


@register(User)
class UserTranslation(TranslationOptions):
    fields = ("title", "hours")
