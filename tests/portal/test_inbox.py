"""The demo's inbox: kept mails, safe to look at, and only in the demo."""

from email.message import EmailMessage

import pytest
from lxml import html

LIST = "/demo/inbox/"


@pytest.fixture
def kept(settings, tmp_path):
    """Keep a mail as the demo's server does; returns its name."""
    settings.DEMO, settings.DEMO_DIR = True, tmp_path
    (tmp_path / "mail").mkdir()
    (tmp_path / "secret.eml").write_text("Subject: not a mail\n\nsecret")

    def keep(name, *, to="liisa@example.org", subject="Hei", markup="<p>Hei <b>Liisa</b></p>"):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "Kudelma <k@example.org>", to, subject
        mail["Date"] = "Mon, 23 Nov 2026 12:00:00 +0200"
        mail.set_content("Hei, https://example.org/koodi ja näin.")
        mail.add_alternative(markup, subtype="html")
        mail.add_attachment("BEGIN:VCALENDAR", subtype="calendar", filename="päivä.ics")
        (tmp_path / "mail" / f"{name}.eml").write_bytes(bytes(mail))
        return name

    return keep


def shown(response):
    assert response.status_code == 200
    return html.fromstring(response.content)


def test_newest_first(client, kept):
    kept("1-a", subject="Vanha")
    kept("2-b", subject="Uusi")
    links = shown(client.get(LIST)).cssselect("tbody a")
    assert [(link.text, link.get("href")) for link in links] == [
        ("Uusi", f"{LIST}2-b/"),
        ("Vanha", f"{LIST}1-a/"),
    ]


def test_filter_by_receiver(client, kept):
    kept("1", to="Liisa <LIISA@example.org>", subject="Liisalle")
    kept("2", to="matti@example.org", subject="Matille")
    links = shown(client.get(LIST, {"to": "liisa@example.org"})).cssselect("tbody a")
    assert [link.text for link in links] == ["Liisalle"]


def test_empty_inbox_says_how_to_fill_it(client, kept):
    assert not shown(client.get(LIST)).cssselect("table")


def test_mail_is_shown_with_live_links_and_without_what_could_act(client, kept):
    evil = (
        "<style>p{}</style><p onclick='x()'>Hei <script>alert(1)</script>"
        "<a href='javascript:x()'>a</a><a href='https://example.org/b'>b</a></p><h1>Hei</h1>"
    )
    page = shown(client.get(f"{LIST}{kept('1', markup=evil, subject='<b>Hei')}/"))
    assert [heading.text for heading in page.cssselect("h1")] == ["<b>Hei"]
    assert page.cssselect("#text ~ div a")[0].get("href") == "https://example.org/koodi"
    part = page.cssselect("#html ~ div")[0]
    assert [link.get("href") for link in part.cssselect("a")] == [None, "https://example.org/b"]
    assert not part.xpath(".//script | .//style | .//@onclick | .//@style")


def test_attachment_can_be_taken(client, kept):
    response = client.get(f"{LIST}{kept('1')}/0/")
    assert b"".join(response.streaming_content).strip() == b"BEGIN:VCALENDAR"
    assert response.headers["Content-Type"].startswith("text/calendar")
    assert response.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["nothing/", "..%2fsecret/", "1/9/", "secret/"])
def test_only_kept_mails_are_found(client, kept, path):
    kept("1")
    assert client.get(LIST + path).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["", "1/", "1/0/"])
def test_not_there_outside_the_demo(client, kept, settings, path):
    kept("1")
    settings.DEMO = False
    assert client.get(LIST + path).status_code == 404
