"""Fields of consent that exist in every language."""

from modeltranslation.translator import TranslationOptions, register

from consent.models import Topic


@register(Topic)
class TopicTranslation(TranslationOptions):
    fields = ("name",)
