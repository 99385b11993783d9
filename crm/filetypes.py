"""What a file is by its content, whatever its name says; nothing but a few harmless kinds is taken in (A05).

Images are drawn anew, which leaves out where and by whom they were taken, and whatever hides behind the picture.
"""

import io
import stat
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from xml.parsers import expat

from PIL import Image, ImageOps, UnidentifiedImageError

LARGEST = 10 * 1_048_576  # octets
LARGEST_UNPACKED = 100 * 1_048_576  # octets of all parts of an office document
MOST_PARTS = 2_000
MOST_PIXELS = 50_000_000
CHUNK = 65_536
PHOTO_QUALITY = 90


class TooLargeError(Exception):
    """The file, the picture, or what an office document unpacks to is larger than anybody needs."""


class NotAllowedError(Exception):
    """The content is of no kind that is taken in, or is not what the name says."""


@dataclass(frozen=True)
class Type:
    """A kind of file: its media type, the endings its name may have, and the function that knows and cleans it.

    `clean` gives the content to keep, or None when it is something else. The first ending is the kind's own name.
    """

    media: str
    endings: tuple[str, ...]
    clean: Callable[[bytes], bytes | None]


def pdf(content: bytes) -> bytes | None:
    """ISO 32000: the header is first, the end of file near the end."""
    return (
        content
        if content.startswith((b"%PDF-1.", b"%PDF-2.")) and b"%%EOF" in content[-1024:]
        else None
    )


def text(content: bytes) -> bytes | None:
    """UTF-8 without control characters but tabs and line ends."""
    try:
        read = content.decode()
    except UnicodeDecodeError:
        return None
    return content if all(each >= " " or each in "\t\n\r" for each in read) else None


def image(form: str) -> Callable[[bytes], bytes | None]:
    """The picture of this form drawn anew; of a moving one the first frame."""

    def clean(content: bytes) -> bytes | None:
        try:
            with Image.open(io.BytesIO(content), formats=[form]) as found:
                if found.width * found.height > MOST_PIXELS:
                    raise TooLargeError
                upright = ImageOps.exif_transpose(found)
                return drawn(upright, form)
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
            return None
        except Image.DecompressionBombError as error:
            raise TooLargeError from error

    return clean


def drawn(picture: Image.Image, form: str) -> bytes:
    """The pixels alone, in the form they came in."""
    plain = picture.convert("RGB") if form == "JPEG" else picture.convert("RGBA")
    bare = Image.new(plain.mode, plain.size)
    bare.paste(plain)
    kept = io.BytesIO()
    bare.save(kept, form, quality=PHOTO_QUALITY)
    return kept.getvalue()


# --- office documents -----------------------------------------------------------------------


def office(folder: str) -> Callable[[bytes], bytes | None]:
    """Office Open XML (ISO/IEC 29500): a zip with its list of parts, and the folder of its kind; without macros."""

    def is_it(names: set[str], archive: zipfile.ZipFile) -> bool:
        has_macros = any(
            "vbaproject" in name.lower() or "oleobject" in name.lower() for name in names
        )
        return f"{folder}/" in {f"{name.partition('/')[0]}/" for name in names} and (
            "[Content_Types].xml" in names
            and not has_macros
            and is_xml(archive.read("[Content_Types].xml"))
        )

    return lambda content: whole_zip(content, is_it)


def open_document(kind: str) -> Callable[[bytes], bytes | None]:
    """OpenDocument (ISO/IEC 26300): a zip whose part `mimetype` says which; without macros."""

    def is_it(names: set[str], archive: zipfile.ZipFile) -> bool:
        has_macros = any(name.startswith(("Basic/", "Scripts/")) for name in names)
        return "mimetype" in names and not has_macros and archive.read("mimetype") == kind.encode()

    return lambda content: whole_zip(content, is_it)


def whole_zip(content: bytes, is_it: Callable[[set[str], zipfile.ZipFile], bool]) -> bytes | None:
    """The zip, when every part of it unpacks within bounds, lies in the zip's own folder, and it is what is asked for."""
    if not content.startswith(b"PK\x03\x04"):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(each.file_size for each in parts) > LARGEST_UNPACKED:
                raise TooLargeError
            if not all(map(is_plain, parts)) or not is_it(
                {each.filename for each in parts}, archive
            ):
                return None
            return None if archive.testzip() else content  # reads no further than the sizes say
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ):
        return None


def is_plain(part: zipfile.ZipInfo) -> bool:
    """Whether the part is no link, not encrypted, and stays in the folder it is unpacked to."""
    path = PurePosixPath(part.filename)
    is_outside = path.is_absolute() or ".." in path.parts or "\\" in part.filename
    return not (is_outside or part.flag_bits & 1 or stat.S_ISLNK(part.external_attr >> 16))


def is_xml(content: bytes) -> bool:
    """Whether it is well-formed, and declares no entities."""
    parser = expat.ParserCreate()
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(content, True)  # noqa: FBT003  expat's own signature
    except (expat.ExpatError, ValueError):
        return False
    return True


def refuse(*_declaration: object) -> None:
    raise ValueError


OOXML = "application/vnd.openxmlformats-officedocument"
ODF = "application/vnd.oasis.opendocument"
TYPES = (
    Type("application/pdf", ("pdf",), pdf),
    Type("image/jpeg", ("jpg", "jpeg"), image("JPEG")),
    Type("image/png", ("png",), image("PNG")),
    Type("image/webp", ("webp",), image("WEBP")),
    Type(f"{OOXML}.wordprocessingml.document", ("docx",), office("word")),
    Type(f"{OOXML}.spreadsheetml.sheet", ("xlsx",), office("xl")),
    Type(f"{OOXML}.presentationml.presentation", ("pptx",), office("ppt")),
    Type(f"{ODF}.text", ("odt",), open_document(f"{ODF}.text")),
    Type(f"{ODF}.spreadsheet", ("ods",), open_document(f"{ODF}.spreadsheet")),
    Type(f"{ODF}.presentation", ("odp",), open_document(f"{ODF}.presentation")),
    Type("text/plain", ("txt", "csv", "md"), text),
)
MEDIA = {each.endings[0]: each.media for each in TYPES}  # by the kind's name
BY_ENDING = {ending: each for each in TYPES for ending in each.endings}
ENDINGS = tuple(BY_ENDING)


def cleaned(content: bytes, name: str) -> tuple[str, bytes]:
    """The kind's name and the content to keep; TooLargeError or NotAllowedError when it is not taken in."""
    if len(content) > LARGEST:
        raise TooLargeError
    expected = BY_ENDING.get(ending_of(name))
    kept = expected.clean(content) if expected and content else None
    if expected is None or kept is None:
        raise NotAllowedError
    return expected.endings[0], kept


def ending_of(name: str) -> str:
    """What follows the last dot of the name, in lower case."""
    return name.rpartition(".")[2].lower()
