"""Which addresses a workspace may have."""

import re
from collections.abc import Iterator

from apps.kernel.issue import N_, Issue

SHORTEST, LONGEST = 3, 40
_SHAPE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)

# Names that people take for the service itself, or that the service, its mail and its certificates may need.
_RESERVED = """
abuse account accounts admin administrator api app apps assets auth autoconfig autodiscover beian billing blog
cache cdn chat community confirm console contact data dev developer developers dns docs download
downloads email enter example feedback files finder forum ftp git graphql guide health healthz help home host
hostmaster i18n icp id images imap info internal invite join jobs legal live local localhost lodestar login logout
mail mailer manage media metrics mobile monitor mx news no-reply noreply ns ns1 ns2 oauth office operator operators
pay payment payments pop pop3 portal postmaster preparing press preview pricing privacy proxy public register root
sales sandbox secure security shop sign-in sign-up signin signup sitemap smtp sso staging static stats status store
support system team terms test testing tls upload uploads usenet user users web webhook webhooks webmail webmaster
wiki workspace workspaces wpad ws www www1 www2 www3
"""
RESERVED = frozenset(_RESERVED.split())


def normal_slug(text: str) -> str:
    """What somebody typed as an address, in the form in which it is kept."""
    return text.strip().lower()


def slug_issues(slug: str, where: str = "slug") -> Iterator[Issue]:
    """Everything that is wrong with an address, apart from being taken."""
    if not SHORTEST <= len(slug) <= LONGEST:
        yield Issue(
            where,
            N_("The address must have %(least)d to %(most)d characters; this one has %(count)d."),
            {"least": SHORTEST, "most": LONGEST, "count": len(slug)},
        )
    if slug and not _SHAPE.fullmatch(slug):
        yield Issue(
            where, N_("Use small letters a–z, digits and single hyphens between them, for example hengtong-auto.")
        )
    if slug in RESERVED:
        yield Issue(where, N_("“%(slug)s” is kept for the service itself. Choose another address."), {"slug": slug})
