"""The catalogue and its courses, for everybody (A1)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from courses import share_image
from courses.forms import CatalogueForm
from courses.models import Course
from courses.views import course as about
from courses.views import listing as around


@require_safe
@vary_on_headers("HX-Request")
def course_list(request: HttpRequest) -> HttpResponse:
    """The catalogue under the filters of the address; htmx gets the parts that change."""
    form = CatalogueForm(request.GET)
    listing = form.listing(reader=request.LANGUAGE_CODE, today=timezone.localdate())
    asked = request.headers
    is_part = "HX-Request" in asked and "HX-History-Restore-Request" not in asked
    template = "courses/_course_results.html" if is_part else "courses/course_list.html"
    status = 400 if form.errors else 404 if listing.is_beyond_end else 200
    response = render(request, template, around.context(form, listing), status=status)
    if is_part:
        response.headers["HX-Push-Url"] = request.path + listing.query.encoded()
    return response


@require_safe
def course_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """A course; one that has been withdrawn says so, and what there is instead."""
    course = Course.objects.visible_to(request.user).described().filter(slug=slug).first()
    if course:
        return render(request, "courses/course_detail.html", about.context(request, course))
    withdrawn = get_object_or_404(Course.objects.withdrawn().described(), slug=slug)
    context = about.context_withdrawn(request, withdrawn)
    return render(request, "courses/course_withdrawn.html", context, status=410)


@require_safe
@cache_control(max_age=86400, public=True)
def course_share_image(request: HttpRequest, slug: str) -> HttpResponse:
    """The picture of a published course for those it is shared with, 1200 × 630."""
    course = get_object_or_404(Course.objects.published().select_related("institution"), slug=slug)
    return HttpResponse(share_image.png(course, request.LANGUAGE_CODE), content_type="image/png")
