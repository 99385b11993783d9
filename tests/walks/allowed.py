"""Who may open what is not guarded by `staff_required`, and what may be shown to every institution; each with its reason."""

EVERYBODY = {
    "account_complete_password_reset",
    "account_confirm_login_code",
    "account_confirm_password_reset_code",
    "account_email_verification_sent",
    "account_inactive",
    "account_login",
    "account_logout",
    "account_password_reset_completed",
    "account_request_login_code",
    "account_reset_password",
    "api-schema",
    "api-search",
    "courses:course_detail",
    "courses:course_list",
    "courses:course_share_image",
    "courses:run_enrol",
    "courses:run_enrol_code",
    "en/accounts/signup/",
    "mailing:address_ask",  # without a key or signing in there is no such page
    "mailing:address_prove",  # these open by the token in their address, which was mailed
    "mailing:newsletter",
    "mailing:newsletter_confirm",
    "mailing:newsletter_not_me",
    "mailing:newsletter_sent",
    "mailing:preferences",  # without a key or signing in it asks for an address
    "mailing:preferences_link",
    "mailing:preferences_newsletter",
    "mailing:preferences_permit",
    "mailing:preferences_sent",
    "mailing:preferences_stop",
    "mailing:preferences_stop_all",
    "mailing:preferences_undo",
    "mailing:why",
    "portal:accessibility",
    "portal:ask",
    "portal:asked",
    "portal:home",
    "portal:privacy",
    "portal:terms",
    "mfa_authenticate",  # a step of signing in; without the step before it there is no such page
    "mfa_login_webauthn",
    "openid_connect_callback",  # these lead to and from providers that are configured; others are 404
    "openid_connect_login",
    "saml_acs",
    "saml_finish_acs",
    "saml_login",
    "saml_metadata",
    "saml_sls",
    "set_language",
    "site:favicon",
    "site:healthz",
    "site:hook_events",  # these ask for the sender's signature
    "site:hook_mail",
    "site:inbox",  # the demo's alone, and on the machine it runs on
    "site:inbox_attachment",
    "site:inbox_mail",
    "site:manifest",
    "site:media",
    "site:readyz",
    "site:robots",
    "site:root",
    "site:styleguide",
    "site:theme",
    "site:unsubscribe",
    "sitemap",
    "sitemap_section",
    "socialaccount_login_cancelled",
}
SIGNED_IN = {
    "account_change_password",
    "account_email",
    "account_factor",
    "account_reauthenticate",
    "account_reauthenticate_code",
    "account_set_password",
    "courses:enrolment_accept",
    "courses:enrolment_calendar",
    "courses:enrolment_cancel",
    "courses:enrolment_done",
    "portal:details",
    "portal:looks",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_deactivate_totp",
    "mfa_download_recovery_codes",
    "mfa_edit_webauthn",
    "mfa_generate_recovery_codes",
    "mfa_index",
    "mfa_list_webauthn",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "mfa_remove_webauthn",
    "mfa_view_recovery_codes",
    "portal:me",
}
STAFF = {  # Django's own pages around the models'
    "admin:index",
    "admin:jsi18n",
    "admin:password_change",
    "admin:password_change_done",
}
EITHER_WAY = {"admin:login", "admin:logout"}  # they send on to the portal's own
SUPERUSERS = {  # library models that the role table knows nothing of
    "admin:autocomplete",  # asked with a model's field, see test_institutions
}

# Where staff see what belongs to another institution, and why.
SHOWN_TO_ALL = {
    "admin:courses_session_changelist": "who and what is booked when, so that nobody is booked twice",
    "admin:courses_session_change": "the same, one by one",
    "admin:courses_session_history": "the same",
}
SHARED_MODELS = {
    "accounts.Institution": "published: its name is on every course",
    "courses.SearchEntry": "made from what is published",
    "courses.Trainer": "anybody may be chosen to teach elsewhere too",
    "courses.Venue": "a place may be chosen by another institution",
}
SEARCHES = {  # pages that are asked by POST, and the field
    "site:staff_people": "address",
    "site:staff_search": "q",
}
