"""When the jobs run. Each is safe to run twice, in parallel or late; beat only rings."""

from celery.schedules import crontab, schedule

SCHEDULE = {
    "mailing.drain": {"task": "mailing.tasks.drain", "schedule": schedule(20)},
    "mailing.settle_doubts": {"task": "mailing.tasks.settle_doubts", "schedule": schedule(300)},
    "courses.expire_offers": {"task": "courses.tasks.expire_offers", "schedule": schedule(60)},
    "courses.refresh_search": {"task": "courses.tasks.refresh_search", "schedule": schedule(60)},
    "courses.reindex": {
        "task": "courses.tasks.reindex",
        "schedule": crontab(hour="2", minute="40"),
    },
    "consent.examine_ledger": {
        "task": "consent.tasks.examine_ledger",
        "schedule": crontab(hour="2", minute="10"),
    },
    "consent.resume_erasures": {
        "task": "consent.tasks.resume_erasures",
        "schedule": schedule(300),
    },
    "crm.find_duplicates": {
        "task": "crm.jobs.find_duplicates",
        "schedule": crontab(hour="4,5", minute="*/5"),  # what is done for tonight is done at once
    },
    "crm.forget_merges": {
        "task": "crm.jobs.forget_merges",
        "schedule": crontab(hour="3", minute="25"),
    },
    "mailing.forget_requests": {
        "task": "mailing.tasks.forget_requests",
        "schedule": crontab(hour="3", minute="10"),
    },
    "mailing.forget_inbound": {
        "task": "mailing.tasks.forget_inbound",
        "schedule": crontab(hour="3", minute="15"),
    },
    "accounts.forget_old_changes": {
        "task": "accounts.tasks.forget_old_changes",
        "schedule": crontab(hour="3", minute="30"),
    },
    "crm.import_rows": {"task": "crm.jobs.import_rows", "schedule": schedule(60)},
    "crm.inform_people": {"task": "crm.jobs.inform_people", "schedule": schedule(600)},
    "crm.forget_imports": {
        "task": "crm.jobs.forget_imports",
        "schedule": crontab(hour="3", minute="35"),
    },
    "crm.read_mail": {"task": "crm.jobs.read_mail", "schedule": schedule(60)},
    "crm.forget_looks": {
        "task": "crm.jobs.forget_looks",
        "schedule": crontab(hour="3", minute="30"),
    },
    "crm.sweep_attachments": {
        "task": "crm.jobs.sweep_attachments",
        "schedule": crontab(hour="3", minute="40"),
    },
    "portal.examine_promises": {
        "task": "portal.tasks.examine_promises",
        "schedule": crontab(minute="50"),
    },
    "crm.name_contacts": {"task": "crm.jobs.name_contacts", "schedule": schedule(300)},
    "crm.watch_questions": {"task": "crm.jobs.watch_questions", "schedule": schedule(120)},
    "portal.tidy": {"task": "portal.tasks.tidy", "schedule": crontab(hour="3", minute="20")},
}
