"""A member of staff's own picture: drawn anew, so that nothing of the file they sent is kept but what one sees.

A file that is no picture, one with a script in it and one that would fill the memory are refused; the place where a
phone took it (EXIF) is not copied.
"""

from functools import partial
from io import BytesIO
from secrets import token_hex
from typing import IO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from PIL import Image, ImageOps

from accounts.models import User

SIDE = 448  # pixels: the card shows 112, and screens have up to four to one
MOST_PIXELS = 40_000_000
LARGEST = 10 * 1_048_576  # octets
FORMATS = ("JPEG", "PNG", "WEBP")


class NoPictureError(Exception):
    """The file is not a picture of a known kind, or is too large."""


def square(upload: IO[bytes]) -> bytes:
    """The middle of the picture as a JPEG of SIDE × SIDE; NoPictureError for anything else than a picture."""
    try:
        with Image.open(upload, formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise NoPictureError
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise NoPictureError from error
    out = BytesIO()
    ImageOps.fit(upright, (SIDE, SIDE)).save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue()


@transaction.atomic
def put(user: User, jpeg: bytes | None) -> None:
    """Show this picture from now on, or the woven monogram; the former file goes once that is committed."""
    former = user.picture.name
    user.picture = ""
    if jpeg is not None:
        user.picture.save(f"{token_hex(16)}.jpg", ContentFile(jpeg), save=False)
    user.save(update_fields=["picture"])
    if former:
        transaction.on_commit(partial(default_storage.delete, former), robust=True)
