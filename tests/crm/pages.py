"""How tests read and send pages: as a browser would, with every field as it stands."""

from typing import Any

from lxml import html

BULK = "/staff/organisations/bulk/"
ENGLISH = {"accept-language": "en"}


def body(response: Any, status: int = 200) -> Any:
    """The page's body, after looking at its status."""
    assert response.status_code == status
    return html.fromstring(response.content).find("body")


def text(response: Any, status: int = 200) -> str:
    """The page in words."""
    return " ".join(" ".join(body(response, status).itertext()).split()).replace("\xa0", " ")


def form_of(response: Any, action: str = "", status: int = 200) -> dict[str, Any]:
    """What a browser would send of the form with this end of its action, or of the last one without any."""
    forms = body(response, status).xpath("//main//form[@method='post']")
    chosen = next(each for each in forms if (each.get("action") or "").endswith(action))
    values: dict[str, Any] = {}
    for name, value in chosen.form_values():
        values[name] = [*values.get(name, []), value]
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}


def names(response: Any) -> list[str]:
    """The names of the listed rows, in order."""
    return [each.text_content().strip() for each in body(response).xpath("//tr/th[@scope='row']")]


def send(client: Any, values: dict[str, Any], path: str = BULK) -> Any:
    """What is answered when the values are posted."""
    return client.post(path, values, headers=ENGLISH)


def look_over(client: Any, path: str = BULK, **values: Any) -> Any:
    """The page on which one looks over what will be done to many."""
    return send(client, {"action": "task", **values}, path)
