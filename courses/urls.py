"""URLs of the catalogue and of enrolment; their first segment is translated."""

from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from courses.views import member, public

app_name = "courses"

catalogue = [
    path("", public.course_list, name="course_list"),
    path("<slug:slug>/", public.course_detail, name="course_detail"),
    path("<slug:slug>/share.png", public.course_share_image, name="course_share_image"),
    path("<slug:slug>/<int:run_id>/enrol/", member.run_enrol, name="run_enrol"),
    path("<slug:slug>/<int:run_id>/enrol/code/", member.run_enrol_code, name="run_enrol_code"),
    path("<slug:slug>/<int:run_id>/done/", member.enrolment_done, name="enrolment_done"),
]

enrolments = [
    path("enrolments/<int:pk>/cancel/", member.enrolment_cancel, name="enrolment_cancel"),
    path("enrolments/<int:pk>/accept/", member.enrolment_accept, name="enrolment_accept"),
    path("enrolments/<int:pk>/calendar.ics", member.enrolment_calendar, name="enrolment_calendar"),
]

urlpatterns = [
    path(_("courses/"), include(catalogue)),
    path(_("me/"), include(enrolments)),
]
