"""Every URL of the site; English paths are the contract, their first segment is translated."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import URLPattern, URLResolver, include, path
from django.utils.translation import gettext_lazy as _
from drf_spectacular.views import SpectacularJSONAPIView

from courses.api import SearchView
from crm.register.urls import register
from crm.views import (
    business_register,
    contacts,
    customers,
    duplicates,
    exports,
    imports,
    notes,
    questions,
    tasks,
    tray,
)
from crm.views import profile as staff_me
from mailing.views import delivered, hooks
from mailing.views import staff as mail
from portal.sitemaps import SITEMAPS
from portal.views import (
    about,
    ask,
    health,
    home,
    inbox,
    me,
    site,
    staff,
    staff_audit,
    staff_people,
    staff_search,
    styleguide,
    workbench,
)

handler400 = "portal.errors.bad_request"
handler403 = "portal.errors.forbidden"
handler404 = "portal.errors.not_found"
handler429 = "portal.errors.too_many_requests"  # allauth's rate limits ask for it
handler500 = "portal.errors.server_error"

# --- the same in every language ------------------------------------------------------
plain: list[URLPattern | URLResolver] = [
    path("", home.root, name="root"),
    path("theme/", site.theme, name="theme"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("robots.txt", site.robots, name="robots"),
    path("favicon.ico", site.favicon, name="favicon"),
    path("site.webmanifest", site.manifest, name="manifest"),
    path("media/<path:path>", site.media, name="media"),
    path("demo/inbox/", inbox.inbox, name="inbox"),
    path("demo/inbox/<slug:name>/", inbox.inbox_mail, name="inbox_mail"),
    path("demo/inbox/<slug:name>/<int:number>/", inbox.inbox_attachment, name="inbox_attachment"),
    path("mail/unsubscribe/<str:token>/", delivered.unsubscribe, name="unsubscribe"),
    path("mail/hooks/mailgun/mime", hooks.Mail.as_view(), name="hook_mail"),
    path("mail/hooks/mailgun/events", hooks.Events.as_view(), name="hook_events"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
]

# --- for staff, in the language of their browser ----------------------------------------
staff_pages = [
    path("", workbench.first, name="staff"),
    path("keys/", workbench.keys, name="staff_keys"),
    path("search/", staff_search.find, name="staff_search"),
    path("tasks/", tasks.task_list, name="staff_tasks"),
    path("tasks/new/", tasks.task_new, name="staff_task_new"),
    path("tasks/<int:pk>/", tasks.task_detail, name="staff_task"),
    path("tasks/<int:pk>/done/", tasks.task_done, name="staff_task_done"),
    path("tasks/<int:pk>/reopen/", tasks.task_reopen, name="staff_task_reopen"),
    path("tasks/<int:pk>/later/", tasks.task_later, name="staff_task_later"),
    path("health/", staff.health, name="staff_health"),
    path("mail/", mail.mail, name="staff_mail"),
    path("mail/deliveries/", mail.deliveries, name="staff_deliveries"),
    path("mail/deliveries/<int:pk>/doubt/", mail.settle, name="staff_doubt"),
    path("mail/templates/", mail.template_list, name="staff_templates"),
    path("mail/templates/<str:app>/<str:page>/", mail.template_detail, name="staff_template"),
    path("mail/templates/<str:app>/<str:page>/html/", mail.template_html, name="staff_html"),
    path("audit/<str:model>/<int:pk>/", staff_audit.record, name="staff_audit"),
    path("imports/", imports.import_list, name="staff_imports"),
    path("imports/new/", imports.import_new, name="staff_import_new"),
    path("imports/<int:pk>/", imports.import_detail, name="staff_import"),
    path("imports/<int:pk>/check/", imports.import_check, name="staff_import_check"),
    path("imports/<int:pk>/begin/", imports.import_begin, name="staff_import_begin"),
    path("imports/<int:pk>/undo/", imports.import_undo, name="staff_import_undo"),
    path("imports/<int:pk>/discard/", imports.import_discard, name="staff_import_discard"),
    path("imports/<int:pk>/rows/", imports.import_rows, name="staff_import_rows"),
    path("imports/<int:pk>/rows/file/", imports.import_file, name="staff_import_file"),
    path("exports/", exports.export_list, name="staff_exports"),
    path("exports/<slug:sheet>/", exports.export_all, name="staff_export"),
    path(
        "organisations/<int:pk>/register/",
        business_register.look_up,
        name="staff_business_register",
    ),
    path(
        "organisations/<int:pk>/register/accept/",
        business_register.accept,
        name="staff_business_register_accept",
    ),
    path("duplicates/", duplicates.queue, name="staff_duplicates"),
    path("duplicates/<int:pk>/", duplicates.pair, name="staff_duplicate"),
    path("duplicates/<int:pk>/merge/", duplicates.merge, name="staff_duplicate_merge"),
    path("duplicates/<int:pk>/apart/", duplicates.apart, name="staff_duplicate_apart"),
    path("merges/", duplicates.merges, name="staff_merges"),
    path("merges/<int:pk>/", duplicates.merged, name="staff_merge"),
    path("merges/<int:pk>/undo/", duplicates.undo, name="staff_merge_undo"),
    path("people/<int:pk>/", customers.person, name="staff_person"),
    path("people/<int:pk>/notes/", notes.person_note, name="staff_person_note"),
    path("people/<int:pk>/looks/", customers.person_looks, name="staff_person_looks"),
    path("organisations/<int:pk>/", customers.organisation, name="staff_organisation"),
    path("organisations/<int:pk>/notes/", notes.organisation_note, name="staff_organisation_note"),
    path("notes/<int:pk>/", notes.edit, name="staff_note_edit"),
    path("attachments/<int:pk>/", notes.attachment, name="staff_attachment"),
    path("attachments/<int:pk>/delete/", notes.detach, name="staff_attachment_delete"),
    path("tray/", tray.mails, name="staff_tray"),
    path("tray/<int:pk>/", tray.mail, name="staff_tray_mail"),
    path("tray/<int:pk>/file/", tray.file, name="staff_tray_file"),
    path("tray/<int:pk>/new/", tray.file_new, name="staff_tray_new"),
    path("tray/<int:pk>/set-aside/", tray.set_aside, name="staff_tray_set_aside"),
    path("me/", staff_me.me, name="staff_me"),
    path("me/absences/", staff_me.absence, name="staff_own_absence"),
    path("absences/<int:pk>/end/", contacts.absence_end, name="staff_absence_end"),
    path("contacts/", contacts.contacts, name="staff_contacts"),
    path("contacts/absences/", contacts.absence, name="staff_absence"),
    path("contacts/rules/", contacts.rule, name="staff_contact_rule"),
    path("contacts/rules/<int:pk>/delete/", contacts.rule_delete, name="staff_contact_rule_delete"),
    path("contacts/hand-over/", contacts.hand_over, name="staff_hand_over"),
    path("people/<int:pk>/contact/", contacts.of_person, name="staff_contact_of_person"),
    path(
        "organisations/<int:pk>/contact/",
        contacts.of_organisation,
        name="staff_contact_of_organisation",
    ),
    path("questions/", questions.question_list, name="staff_questions"),
    path("questions/<int:pk>/", questions.question, name="staff_question"),
    path("questions/<int:pk>/phone/", questions.by_phone, name="staff_question_phone"),
    path("questions/<int:pk>/take/", questions.take, name="staff_question_take"),
    path("people/<int:pk>/permission/", staff_people.permission, name="staff_permission"),
    path("people/<int:pk>/permission/word/", staff_people.word, name="staff_word"),
    path("people/<int:pk>/permission/link/", staff_people.link, name="staff_link"),
    *register,
]
plain += [path("staff/", include(staff_pages))]

# --- in the reader's language ----------------------------------------------------------
pages: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path(
        _("me/"),
        include(
            [
                path("", me.me, name="me"),
                path("details/", me.details, name="details"),
                path("looks/", me.looks, name="looks"),
            ]
        ),
    ),
    path(
        _("ask/"), include([path("", ask.ask, name="ask"), path("sent/", ask.sent, name="asked")])
    ),
    path(_("privacy/"), about.privacy, name="privacy"),
    path(_("accessibility/"), about.accessibility, name="accessibility"),
    path(_("terms/"), about.terms, name="terms"),
]

urlpatterns = [
    path("admin/", admin.site.urls),
    path("sign-in/", include("accounts.provider_urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("sitemap.xml", sitemap, {"sitemaps": SITEMAPS}, name="sitemap"),
    path("sitemap-<section>.xml", sitemap, {"sitemaps": SITEMAPS}, name="sitemap_section"),
    path("api/v1/search/", SearchView.as_view(), name="api-search"),
    path("api/schema/", SpectacularJSONAPIView.as_view(), name="api-schema"),
    path("", include((plain, "site"))),
]
urlpatterns += i18n_patterns(
    path("", include((pages, "portal"))),
    path("", include("courses.urls")),
    path("", include("mailing.urls")),
    path(_("accounts/"), include("accounts.urls")),
)
