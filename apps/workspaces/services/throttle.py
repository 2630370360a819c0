"""How often something may be asked for: counters in Valkey, counted and given their end in one step."""

import logging
from functools import lru_cache

import redis
from django.conf import settings

from apps.kernel.issue import N_, Refusal
from apps.workspaces.services.finder import digest_of

log = logging.getLogger(__name__)
HOUR = 3600


@lru_cache
def _valkey() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


def is_allowed(what: str, who: str, *, most: int, seconds: int = HOUR) -> bool:
    """Count one more `what` of `who`; False from the `most`+1st within `seconds` on.

    `who` is kept as a keyed digest. With Valkey away everything is allowed: nobody is kept out by our own trouble.
    """
    key = f"throttle:{what}:{digest_of(who)}"
    try:
        with _valkey().pipeline(transaction=True) as both:
            both.incr(key)
            both.expire(key, seconds, nx=True)
            count, _ = both.execute()
    except redis.RedisError as error:
        log.warning("Nothing could be counted (%s).", error)
        return True
    return count <= most


def must_be_allowed(what: str, who: str, *, most: int, seconds: int = HOUR) -> None:
    """`is_allowed`, or a `Refusal` with status 429."""
    if not is_allowed(what, who, most=most, seconds=seconds):
        raise Refusal(N_("That was asked for too often from here. Wait an hour, then try again."), status=429)
