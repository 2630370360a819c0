"""What somebody says about themselves."""

from django.conf import settings
from django.db import transaction

from apps.accounts.domain.roles import Actor
from apps.accounts.models import User
from apps.accounts.preferences import THEMES
from apps.audit.services import record
from apps.kernel.issue import N_, Issue, NotHere, Refusal


@transaction.atomic
def change_profile(*, actor: Actor, name: str, language: str, theme: str) -> User:
    """Set one's own name, language ("" = the company's) and appearance (auto, light, dark; "" = not chosen)."""
    actor.must("profile.edit")
    user = _self(actor)
    name = name.strip()
    issues = [*_known("language", language, dict(settings.LANGUAGES)), *_known("theme", theme, THEMES)]
    if not name:
        issues.append(Issue("name", N_("Type your name, as your colleagues know it.")))
    if issues:
        raise Refusal(N_("Your profile was not changed."), issues=issues)
    before, after = {"name": user.name, "language": user.language}, {"name": name, "language": language}
    user.name, user.language, user.theme = name, language, theme
    user.save(update_fields=["name", "language", "theme"])
    if before != after:
        record(actor=actor, act="person.profile_changed", subject=user, before=before, after=after)
    return user


def change_language(*, actor: Actor, language: str) -> User:
    """Remember the language somebody switched to."""
    actor.must("profile.edit")
    user = _self(actor)
    if language in dict(settings.LANGUAGES):
        user.language = language
        user.save(update_fields=["language"])
    return user


def _self(actor: Actor) -> User:
    user = User.objects.filter(pk=actor.id).first()
    if user is None:
        raise NotHere(N_("There is no such person in this company."))
    return user


def _known(where: str, value: str, choices) -> list[Issue]:
    return [] if value in choices or value == "" else [Issue(where, N_("Choose one of the list."))]
