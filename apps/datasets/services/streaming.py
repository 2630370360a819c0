"""A file straight from the request into the storage: never whole in memory, never in a second place on disk."""

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile

from apps.datasets.services.storage import Incoming
from apps.kernel.issue import Refusal


class ReceivedFile(UploadedFile):
    """What a form finds of a file that was received."""

    def __init__(self, incoming: Incoming, name: str) -> None:
        super().__init__(file=None, name=name, size=incoming.size)
        self.incoming = incoming

    def close(self) -> None:
        """Nothing is open: the handler looks after the file."""


class StorageUploadHandler(FileUploadHandler):
    """Takes the first file of `field`, hashed as it comes. `refusal` says why it could not be taken.

    The rest of a refused file is read and dropped, so that the browser hears the answer. Whoever made the handler
    calls `discard` in the end.
    """

    def __init__(self, field: str) -> None:
        super().__init__()
        self.wanted = field
        self.incoming: Incoming | None = None
        self.refusal: Refusal | None = None

    def new_file(self, field_name: str, *args: object, **kwargs: object) -> None:
        super().new_file(field_name, *args, **kwargs)
        if field_name != self.wanted or self.incoming is not None or self.refusal is not None:
            raise SkipFile
        try:
            self.incoming = Incoming()
        except Refusal as refusal:
            self.refusal = refusal
            raise SkipFile from refusal

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        try:
            self.incoming.write(raw_data)
        except Refusal as refusal:
            self.refusal = refusal
            self.discard()
            raise SkipFile from refusal

    def file_complete(self, file_size: int) -> ReceivedFile:
        return ReceivedFile(self.incoming, self.file_name)

    def upload_interrupted(self) -> None:
        self.discard()

    def discard(self) -> None:
        """Remove what was received, unless it was kept."""
        if self.incoming is not None:
            self.incoming.discard()
