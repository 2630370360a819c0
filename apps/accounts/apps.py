from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, their roles and teams."""

    name = "apps.accounts"

    def ready(self) -> None:
        from allauth.account.signals import email_changed

        email_changed.connect(_follow_address, dispatch_uid="accounts.follow_address")


def _follow_address(*, user, from_email_address, to_email_address, **kwargs) -> None:
    from apps.accounts.services import follow_address

    follow_address(
        user=user, before=from_email_address.email if from_email_address else None, after=to_email_address.email
    )
