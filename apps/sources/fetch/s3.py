"""A storage that speaks S3, through boto3: what is there, and each object that is not known yet."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, SSLError

from apps.kernel.issue import N_
from apps.sources.domain.connection import Bucket
from apps.sources.fetch.asking import Ask, say
from apps.sources.fetch.guard import must_be_trusted, resolve
from apps.sources.fetch.trouble import Trouble

SHOWN = 50
MOST_LISTED = 200_000
_CHUNK = 1 << 20
_VIRTUAL = (".aliyuncs.com", ".myqcloud.com", ".amazonaws.com", ".amazonaws.com.cn")
"""Storages that take the bucket as a part of the host's name, and nothing else."""

NO_BUCKET = N_("The storage has no bucket %(bucket)s.")
KEY = N_("The storage does not know this access key, or the secret key does not belong to it.")
MAY_NOT = N_("This key may not list or read %(bucket)s.")
REGION = N_("The bucket is in another region: %(said)s")
SILENT = N_("The storage does not answer. Check its address and region.")
TLS = N_("The storage could not show who it is: its certificate is not valid.")
OTHER = N_("The storage says: %(said)s")
TOO_MANY = N_("More than %(most)s files begin like this. Say more of how their names begin.")
LOADING = N_("Fetching files")


def look(where: Bucket, ask: Ask) -> dict[str, object]:
    """How many objects fit, and the newest of them."""
    objects = _listed(where, ask)
    newest = sorted(objects, key=lambda each: (each["LastModified"], each["Key"]), reverse=True)[:SHOWN]
    return {
        "server": where.endpoint or "Amazon S3",
        "matched": len(objects),
        "more": len(objects) > SHOWN,
        "objects": [{"name": each["Key"], "size": each["Size"]} for each in newest],
    }


def pull(where: Bucket, ask: Ask, folder: Path) -> dict[str, object]:
    """Fetch the oldest objects that are not known, as many as one reading takes.

    Those that are larger than a file may be are named in `skipped`.
    """
    client, known = _client(where, ask), set(ask.known)
    found = [each for each in _listed(where, ask) if (each["Key"], _tag(each["ETag"])) not in known]
    found.sort(key=lambda each: (each["LastModified"], each["Key"]))
    files: list[dict[str, object]] = []
    skipped: list[dict[str, object]] = []
    total = 0
    for each in found:
        if len(files) == ask.most_files or (files and total + each["Size"] > ask.most_bytes):
            break
        told = {"name": each["Key"], "etag": _tag(each["ETag"]), "size": each["Size"]}
        if each["Size"] > ask.most_bytes:
            skipped.append(told)
            continue
        path = f"{len(files)}"
        if _fetched(client, where, each, folder / path):
            files.append(told | {"path": path})
            total += each["Size"]
            say({"progress": [len(files), min(len(found), ask.most_files), LOADING]})
    return {"files": files, "skipped": skipped, "more": len(files) + len(skipped) < len(found)}


def _tag(etag: str) -> str:
    return etag.strip('"')


def _client(where: Bucket, ask: Ask) -> Any:
    """Nothing comes from the environment or from files of this machine. Raises Trouble for a closed address."""
    host = ""
    if where.endpoint:
        parts = urlsplit(where.endpoint)
        host = parts.hostname or ""
        addresses = resolve(host, parts.port or (443 if parts.scheme == "https" else 80), ask.allowed)
        if parts.scheme == "http":
            must_be_trusted(addresses, ask.allowed)
    return boto3.session.Session(
        aws_access_key_id=where.access_key, aws_secret_access_key=ask.secret, region_name=where.region or "us-east-1"
    ).client(
        "s3",
        endpoint_url=where.endpoint or None,
        verify=ask.ca_file or True,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": _addressing(host)},
            proxies={},
            connect_timeout=15,
            read_timeout=60,
            retries={"max_attempts": 2, "mode": "standard"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def _addressing(host: str) -> str:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "virtual" if not host or host.endswith(_VIRTUAL) else "path"
    return "path"


def _listed(where: Bucket, ask: Ask) -> list[dict[str, Any]]:
    """Every object that fits."""
    found = []
    for number, each in enumerate(_objects(where, ask)):
        if number == MOST_LISTED:
            raise Trouble(TOO_MANY, {"most": MOST_LISTED})
        name = each["Key"]
        if each["Size"] and not name.endswith("/") and fnmatchcase(name.removeprefix(where.prefix), where.pattern):
            found.append(each)
    return found


def _objects(where: Bucket, ask: Ask) -> Iterator[dict[str, Any]]:
    pages = _client(where, ask).get_paginator("list_objects_v2")
    try:
        for page in pages.paginate(Bucket=where.bucket, Prefix=where.prefix):
            yield from page.get("Contents", ())
    except (ClientError, BotoCoreError, OSError) as error:
        raise _trouble(error, where, ask) from None


def _fetched(client: Any, where: Bucket, each: dict[str, Any], path: Path) -> bool:
    """Fetch one object exactly as it was listed; False if it has changed or gone since, which the next reading sees."""
    try:
        answer = client.get_object(Bucket=where.bucket, Key=each["Key"], IfMatch=each["ETag"])
        left = each["Size"]
        with path.open("wb") as file:
            for chunk in answer["Body"].iter_chunks(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    return False
                file.write(chunk)
    except ClientError as error:
        if _code(error) in ("PreconditionFailed", "NoSuchKey", "404", "412"):
            return False
        raise _trouble(error, where, Ask(secret="")) from None
    except (BotoCoreError, OSError) as error:
        raise _trouble(error, where, Ask(secret="")) from None
    return left == 0


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _trouble(error: Exception, where: Bucket, ask: Ask) -> Trouble:
    about = {"bucket": where.bucket}
    if isinstance(error, SSLError):
        return Trouble(TLS, about)
    if not isinstance(error, ClientError):
        return Trouble(SILENT, about, retry=True)
    code = _code(error)
    said = ask.without_secret(f"{code} {error.response.get('Error', {}).get('Message', '')}")
    if code in ("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidClientTokenId"):
        return Trouble(KEY)
    if code in ("AccessDenied", "403", "AllAccessDisabled"):
        return Trouble(MAY_NOT, about)
    if code in ("NoSuchBucket", "404"):
        return Trouble(NO_BUCKET, about)
    if code in ("PermanentRedirect", "AuthorizationHeaderMalformed", "301", "IllegalLocationConstraintException"):
        return Trouble(REGION, {"said": said})
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    return Trouble(OTHER, {"said": said}, retry=status >= 500 or code == "SlowDown")
