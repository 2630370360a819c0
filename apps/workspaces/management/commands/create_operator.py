import getpass
import os

from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from apps.workspaces.scope import in_public

PASSWORD_VARIABLE = "LODESTAR_OPERATOR_PASSWORD"  # noqa: S105


class Command(BaseCommand):
    requires_system_checks = []
    help = (
        "Make an operator of the service, who may use the console at /operators/ on the public host, or give one a new "
        f"password. The password is asked for, or read from {PASSWORD_VARIABLE}."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="")

    def handle(self, *args: object, email: str, name: str, **options: object) -> None:
        email = email.strip().lower()
        password = os.environ.get(PASSWORD_VARIABLE) or getpass.getpass("Password: ")
        user_model = get_user_model()
        try:
            validate_email(email)
            validate_password(password, user=user_model(email=email, name=name))
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from None
        with in_public():
            user = user_model.objects.filter(email__iexact=email).first()
            if user is None:
                user_model.objects.create_superuser(email, password, name=name)
                self.stdout.write(f"{email} may use the console now.")
                return
            user.set_password(password)
            user.name, user.is_staff, user.is_active = name or user.name, True, True
            user.save()
            self.stdout.write(f"{email} has a new password.")
