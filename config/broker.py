"""How Celery talks to Valkey or Redis: kombu's transport, made to outlive the loss of its server.

When the server goes away with messages in flight, kombu 5.7 tries to put them back through the connection that is
gone, and the worker ends with an AttributeError. Here nothing is put back: a message only says "look", and the sweeper
sends a new one for every row that waits (`apps.work`).
"""

from kombu.transport import redis


class Channel(redis.Channel):
    """A channel that forgets its messages when the server does."""

    do_restore = False

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:
        if self._is_connected():
            super().basic_ack(delivery_tag, multiple)

    def basic_reject(self, delivery_tag: str, requeue: bool = False) -> None:
        if self._is_connected():
            super().basic_reject(delivery_tag, requeue)

    def _is_connected(self) -> bool:
        return self.connection is not None and self.connection.client is not None


class Transport(redis.Transport):
    """Redis, with channels as above."""

    Channel = Channel
