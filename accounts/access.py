"""Pages for staff only, by the table of `accounts.roles` (E3.1)."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import prefetch_related_objects

from accounts.http import SignedInRequest, reauthentication
from accounts.roles import Permission

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")
View = Callable[Concatenate[SignedInRequest, Arguments], Answer]


READS = {"GET", "HEAD", "OPTIONS"}


def staff_required(
    permission: Permission, *, writes: Permission | None = None
) -> Callable[[View[Arguments, Answer]], Any]:
    """Let a view answer those a role gives the permission to, at any institution: sign-in for visitors, else 403.

    `writes` is what a POST asks for where looking asks for less. What belongs to one institution is checked again in
    the query that fetches it.
    """
    to_write = writes or permission

    def decorate(view: View[Arguments, Answer]) -> Any:
        @wraps(view)
        def check(
            request: SignedInRequest, *args: Arguments.args, **kwargs: Arguments.kwargs
        ) -> Answer:
            prefetch_related_objects([request.user], "staff_roles")  # asked again by menu and page
            if not request.user.may(permission if request.method in READS else to_write):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded: Any = (
            check  # the request is a signed-in one once login_required has let it through
        )
        opened = login_required(guarded)
        opened.permission, opened.writes = permission, to_write  # the walk over all pages asks
        return opened

    return decorate


def reauthenticated(view: View[Arguments, Any]) -> Any:
    """Let a view answer only who signed in, or confirmed that it is them, in the last ten minutes.

    Written below `staff_required`, on what cannot be taken back: an export, a merge, a change of roles.

        @require_POST
        @staff_required(Permission.…)
        @reauthenticated
        def merge(request: SignedInRequest, pk: int) -> HttpResponse: …

    Others are asked for password, second factor or a mailed code, and come back to the page they asked for. A POST is
    kept in the session meanwhile and answered when they have: nothing typed is lost. Files are not kept; a form with
    one carries the decorator on its GET page too. In tests `client.force_login(user)` has just
    signed in; `client.force_login(user, ago=601)` has not.
    """

    @wraps(view)
    def check(request: SignedInRequest, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Any:
        if not reauthentication.is_recent(request):
            return reauthentication.ask(request)
        return view(request, *args, **kwargs)

    return check
