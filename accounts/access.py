"""Pages for staff only, by the table of `accounts.roles` (E3.1)."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import prefetch_related_objects

from accounts.http import SignedInRequest
from accounts.roles import Permission

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")
View = Callable[Concatenate[SignedInRequest, Arguments], Answer]


def staff_required(permission: Permission) -> Callable[[View[Arguments, Answer]], Any]:
    """Let a view answer those a role gives the permission to, at any institution: sign-in for visitors, else 403.

    What belongs to one institution is checked again in the query that fetches it.
    """

    def decorate(view: View[Arguments, Answer]) -> Any:
        @wraps(view)
        def check(
            request: SignedInRequest, *args: Arguments.args, **kwargs: Arguments.kwargs
        ) -> Answer:
            prefetch_related_objects([request.user], "staff_roles")  # asked again by menu and page
            if not request.user.may(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded: Any = (
            check  # the request is a signed-in one once login_required has let it through
        )
        return login_required(guarded)

    return decorate
