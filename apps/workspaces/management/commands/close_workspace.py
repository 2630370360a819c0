from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.kernel.issue import Refusal
from apps.workspaces import services
from apps.workspaces.models import Workspace


class Command(BaseCommand):
    requires_system_checks = []
    help = (
        "Delete everything a workspace owns: files, schema, role, and the addresses of its people. Its row is kept, so "
        "that its address is not given away. Without --delete it only goes out of use, which can be taken back."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--delete", action="store_true", help="Delete for good what is closing already.")

    def handle(self, *args: object, slug: str, delete: bool, **options: object) -> None:
        workspace = Workspace.objects.filter(slug=slug).first()
        if workspace is None:
            raise CommandError(f"There is no workspace at {slug}.")
        try:
            if delete:
                services.close(workspace)
                self.stdout.write(f"{workspace} is closed; nothing of it is left but its name and address.")
            else:
                services.start_closing(workspace)
                self.stdout.write(f"{workspace} is out of use. To delete it: close_workspace {slug} --delete")
        except Refusal as refusal:
            raise CommandError(str(refusal)) from None
