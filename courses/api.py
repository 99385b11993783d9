"""The catalogue for programs: read-only, the same parameters and answers as its page (E4.1, E4.2)."""

from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import LANGUAGES
from courses.catalogue import Extent, Order, Price, Seats
from courses.catalogue.rows import Row
from courses.forms import SearchForm
from courses.models import Run


class PriceSerializer(serializers.Serializer[Any]):
    """Euros; `gross` is what the buyer pays."""

    net = serializers.DecimalField(max_digits=9, decimal_places=2)
    vat_rate = serializers.DecimalField(max_digits=4, decimal_places=1)
    gross = serializers.DecimalField(max_digits=9, decimal_places=2)


class CourseSerializer(serializers.Serializer[Any]):
    """A course with its next run that fits the query; null where it has none."""

    title = serializers.CharField()
    language = serializers.CharField(help_text="Language of the title.")
    slug = serializers.SlugField()
    url = serializers.SerializerMethodField(help_text="The course's page.")
    summary = serializers.CharField()
    themes = serializers.ListField(child=serializers.SlugField(), source="theme_slugs")
    institutions = serializers.ListField(child=serializers.SlugField(), source="institution_slugs")
    credits = serializers.DecimalField(max_digits=5, decimal_places=1, allow_null=True)
    starts_on = serializers.DateField(allow_null=True)
    delivery = serializers.ChoiceField(
        Run.Delivery.choices, source="delivery_code", allow_blank=True
    )
    teaching_language = serializers.CharField(source="language_code", allow_blank=True)
    place = serializers.CharField(allow_blank=True)
    price = PriceSerializer(allow_null=True)
    seats_left = serializers.IntegerField(
        allow_null=True, help_text="Null where the portal keeps no seats."
    )

    def get_url(self, row: Row) -> str:
        return f"{settings.BASE_URL}{row.url}"


class OptionSerializer(serializers.Serializer[Any]):
    """A value to filter by, and the courses it would show with the other filters as they are."""

    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of that name, not the serializer's own
    count = serializers.IntegerField()


class AnswerSerializer(serializers.Serializer[Any]):
    """A page of courses, and the counts of every facet by its name."""

    count = serializers.IntegerField()
    page = serializers.IntegerField(source="query.page")
    pages = serializers.IntegerField(source="page.paginator.num_pages")
    corrected = serializers.CharField(
        allow_blank=True, help_text="The words searched for in place of misspelt ones."
    )
    results = CourseSerializer(many=True, source="rows")
    facets = serializers.DictField(child=OptionSerializer(many=True), source="options")


class RefusalSerializer(serializers.Serializer[Any]):
    """What is wrong, by parameter."""

    errors = serializers.DictField(  # type: ignore[assignment]  # as above
        child=serializers.ListField(child=serializers.CharField())
    )


def several(name: str, description: str, choices: list[str] | None = None) -> OpenApiParameter:
    """A parameter that may be given many times; its values are alternatives."""
    return OpenApiParameter(name, str, many=True, enum=choices, description=description)


PARAMETERS = [
    OpenApiParameter(
        "q", str, description="Words in the language of `lang`, at most 200 characters."
    ),
    OpenApiParameter("lang", str, enum=[code for code, _name in LANGUAGES], default="fi"),
    several("theme", "Slug of a theme."),
    several("institution", "Slug of an institution: the owner or one it is held with."),
    several("delivery", "Way of teaching.", Run.Delivery.values),
    several("language", "Teaching language, ISO 639-1."),
    several("place", "Town, in lower case."),
    several("month", "Month of the start, YYYY-MM."),
    several("price", "Euros, VAT included; a range takes in its upper end.", Price.values),
    several("credits", "ECTS; a range takes in its upper end.", Extent.values),
    several("seats", "Only runs that can still be joined without queuing.", Seats.values),
    OpenApiParameter("sort", str, enum=Order.values),
    OpenApiParameter("page", int, default=1),
    OpenApiParameter("page_size", int, description="1 to 100.", default=20),
]


class SearchView(APIView):
    """Search the catalogue."""

    @extend_schema(
        parameters=PARAMETERS,
        responses={200: AnswerSerializer, 400: RefusalSerializer, 404: RefusalSerializer},
    )
    def get(self, request: Request) -> Response:
        """Courses that fit, page by page. Filters on runs are met by one and the same run."""
        form = SearchForm(request.GET)
        with translation.override(form.reader()):
            listing = form.listing(reader=form.reader(), today=timezone.localdate())
            if listing.is_beyond_end and not form.errors:
                form.add_error("page", _("There is no such page."))
                return refusal(form, 404)
            return refusal(form, 400) if form.errors else Response(AnswerSerializer(listing).data)


def refusal(form: SearchForm, status: int) -> Response:
    """What is wrong, by parameter."""
    errors = {name: list(texts) for name, texts in form.errors.items()}
    return Response({"errors": errors}, status=status)
