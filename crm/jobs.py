"""What beat rings for: mail that came in, looks that are a year old, files without a row; safe twice, in parallel, late."""

from celery import shared_task
from django.utils import timezone

from crm import attachments, looks, tray


@shared_task
def read_mail() -> int:
    """Give the tasks to answer what known senders ask."""
    return tray.read_new()


@shared_task
def forget_looks() -> int:
    """Delete the looks that need not be kept longer."""
    return looks.forget()


@shared_task
def sweep_attachments() -> int:
    """Delete the files that no row names."""
    return attachments.sweep(now=timezone.now())
