"""Sessions in the database, as Django keeps them; looked up by a query that is put together once."""

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from apps.common.lookup import Lookup

_by_key = Lookup(lambda key: Session.objects.filter(session_key=key))


class SessionStore(DatabaseStore):
    """The session of a key, unless it is over or was ended: every request asks."""

    def _get_session_from_db(self) -> Session | None:
        found = _by_key(self.session_key)
        if found is not None and found.expire_date > timezone.now():
            return found
        self._session_key = None
        return None
