"""Whose a feed's courses are: the institution the operator names, or else the feed's providers themselves."""

import re
from collections.abc import Sequence
from itertools import chain, count

from django.utils.text import slugify

from accounts.models import Institution
from courses.exchange.xcri.records import Provider, fitted
from courses.exchange.xcri.sources import UnreadableError
from courses.exchange.xcri.texts import cut

SLUG = re.compile(r"[-\w]{1,50}", re.ASCII)


class Owners:
    """The institution of each provider of a feed; those not known yet are made, and saved by whoever writes first.

    One named by its slug owns all of the feed, however many providers (often faculties) that has. Without
    a name each provider is an institution of its own, known again by its identifier.
    """

    def __init__(self, slug: str, catalog: Provider, providers: Sequence[Provider]) -> None:
        if slug and not SLUG.fullmatch(slug):
            reason = (
                f"{slug} cannot be an institution's slug: letters, digits and hyphens, 50 at most."
            )
            raise UnreadableError(reason)
        if slug:
            named = catalog if len(providers) > 1 and catalog.names else providers[0]
            known = Institution.objects.filter(slug=slug).first()
            owner = known or _made(named, slug)
            if len(providers) == 1:
                owner.identifier = owner.identifier or _identifier(named)
            self._owners = [owner] * len(providers)
            return
        self._taken = set(Institution.objects.values_list("slug", flat=True))
        self._owners = []
        for provider in providers:
            self._owners.append(self._of(provider))

    def __getitem__(self, provider: int) -> Institution:
        return self._owners[min(provider, len(self._owners) - 1)]

    def all(self) -> list[Institution]:
        """Each institution once."""
        return list({owner.slug: owner for owner in self._owners}.values())

    def _of(self, provider: Provider) -> Institution:
        names = [
            fitted(each) for each in (*provider.identifiers, provider.url, provider.name) if each
        ]
        if not names:
            reason = "The feed names no provider; say with --institution whose courses these are."
            raise UnreadableError(reason)
        same = (owner for owner in self._owners if owner.identifier == names[0])
        known = next(same, None) or Institution.objects.filter(identifier__in=names).first()
        return known or self._named_or_made(provider)

    def _named_or_made(self, provider: Provider) -> Institution:
        """An institution of that name which no feed has claimed, or a new one."""
        base = slugify(provider.name)[:45].strip("-") or "institution"
        unclaimed = Institution.objects.filter(slug=base, identifier="").first()
        slugs = chain([base], (f"{base}-{no}" for no in count(2)))
        slug = next(each for each in slugs if each not in self._taken)
        self._taken.add(slug)
        if unclaimed:
            unclaimed.identifier = _identifier(provider)
        return unclaimed or _made(provider, slug)


def _identifier(provider: Provider) -> str:
    return fitted(next(iter(provider.identifiers), "") or provider.url or provider.name)


def _made(provider: Provider, slug: str) -> Institution:
    name = provider.name or slug
    names = provider.names or {"en": name}
    return Institution(
        slug=slug,
        short_name=cut(name, 40),
        identifier=_identifier(provider) or slug,
        url=provider.url,
        email=provider.email,
        phone=provider.phone,
        **{
            f"name_{code}": cut(text, 200)
            for code, text in names.items()
            if code in {"fi", "sv", "en"}
        },
    )
