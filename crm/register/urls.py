"""URLs of the register's pages, under /staff/; they are names of the site."""

from django.urls import include, path

from crm.register.views import (
    bulk,
    organisation,
    organisations,
    people,
    person,
    roles,
    situations,
)

of_organisations = [
    path("", organisations.listed, name="staff_organisations"),
    path("new/", organisations.new, name="staff_organisation_new"),
    path("likely/", organisations.likely_organisations, name="staff_organisations_likely"),
    path("names/", organisations.suggested, name="staff_organisations_suggested"),
    path("bulk/", bulk.of_organisations, name="staff_organisations_bulk"),
    path("<int:pk>/edit/", organisation.edit, name="staff_organisation_edit"),
    path("<int:pk>/names/", organisation.add_name, name="staff_organisation_name"),
    path(
        "<int:pk>/names/<int:name>/remove/",
        organisation.remove_name,
        name="staff_organisation_name_remove",
    ),
    path(
        "<int:pk>/situations/",
        situations.note_of_organisation,
        name="staff_organisation_situation",
    ),
]
of_people = [
    path("", people.listed, name="staff_people"),
    path("new/", people.new, name="staff_person_new"),
    path("likely/", people.likely_people, name="staff_people_likely"),
    path("bulk/", bulk.of_people, name="staff_people_bulk"),
    path("<int:pk>/edit/", person.edit, name="staff_person_edit"),
    path("<int:pk>/phones/", person.add_phone, name="staff_person_phone"),
    path(
        "<int:pk>/phones/<int:phone>/remove/", person.remove_phone, name="staff_person_phone_remove"
    ),
    path("<int:pk>/roles/", roles.begin, name="staff_person_role"),
    path("<int:pk>/situations/", situations.note_of_person, name="staff_person_situation"),
]
register = [
    path("organisations/", include(of_organisations)),
    path("people/", include(of_people)),
    path("roles/<int:pk>/", roles.edit, name="staff_role"),
    path("roles/<int:pk>/end/", roles.end, name="staff_role_end"),
    path("situations/<int:pk>/", situations.edit, name="staff_situation"),
]
