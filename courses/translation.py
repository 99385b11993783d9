"""Fields of the catalogue that exist in every language."""

from modeltranslation.translator import TranslationOptions, register

from courses.models import Course, Session, Trainer, Venue


@register(Course)
class CourseTranslation(TranslationOptions):
    fields = (
        "title",
        "summary",
        "why",
        "what_and_how",
        "our_skill",
        "outcomes",
        "prerequisites",
        "audience",
    )


@register(Trainer)
class TrainerTranslation(TranslationOptions):
    fields = ("title", "bio")


@register(Venue)
class VenueTranslation(TranslationOptions):
    fields = ("directions",)


@register(Session)
class SessionTranslation(TranslationOptions):
    fields = ("topic",)
