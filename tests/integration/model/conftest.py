"""Programs and data as those of the api room."""

from tests.integration.api.conftest import api, key_of, orders, program

__all__ = ["api", "key_of", "orders", "program"]
