"""A person with a browser against the running site: cookies, forms with their protection, redirects."""

import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request

from lxml import html


class Visitor:
    """Somebody who opens pages and sends forms."""

    def __init__(self, port: int, *, ip: str = "") -> None:
        self.base = f"http://localhost:{port}"
        self.headers = {"X-Forwarded-For": ip} if ip else {}
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
        )
        self.page, self.url, self.status = "", "", 0

    def open(self, path: str, data: dict[str, str] | None = None) -> int:
        """The status after redirects; the page stays in `page`."""
        body = urllib.parse.urlencode(data).encode() if data is not None else None
        headers = {**self.headers, "Origin": self.base}
        request = urllib.request.Request(urllib.parse.urljoin(self.base, path), body, headers)  # noqa: S310  our own server
        try:
            answer = self.opener.open(request, timeout=120)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            self.page, self.url = answer.read().decode(errors="replace"), answer.url
            self.status = answer.status
        return self.status

    def send(self, path, **fields):
        """Fill in the page's form that has these fields, and send it; without fields its first."""
        self.open(path)
        form = next(
            form
            for form in html.fromstring(self.page).xpath("//main//form")
            if form.get("method", "").lower() == "post" and set(fields) <= set(form.fields.keys())
        )
        action = urllib.parse.urljoin(self.url, form.get("action") or "")
        return self.open(action, {**dict(form.form_values()), **fields})
