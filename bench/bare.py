"""The least Django can do for a list: one view, one query, 20 rows, one template, no middleware."""

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from courses.models import Course

PAGE = engines["django"].from_string(
    "<!doctype html><title>Courses</title><ul>{% for course in courses %}"
    '<li><a href="/courses/{{ course.slug }}/">{{ course.title }}</a> {{ course.summary }}'
    " {{ course.credits }}</li>{% endfor %}</ul>"
)


def course_list(_request: HttpRequest) -> HttpResponse:
    """List the first 20 courses."""
    return HttpResponse(PAGE.render({"courses": Course.objects.order_by("pk")[:20]}))


urlpatterns = [path("", course_list)]
