"""Makes the bucket: the one S3 call that the storage library lacks, signed by hand (SigV4)."""

import hashlib
import hmac
import time
import urllib.error
import urllib.request
from urllib.parse import quote, urlsplit

from collector.errors import SettingsError, Unavailable
from collector.settings import Bucket

_TIMEOUT_SECONDS = 20
_OWN_ALREADY = {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}


def ensure_bucket(bucket: Bucket) -> bool:
    """True when it was made now, False when it was there and the credentials may use it."""
    status, _body = _call(bucket, "HEAD")
    if status == 200:
        return False
    if status == 403:
        raise SettingsError(
            f"bucket {bucket.name} refuses the access key; check it and the bucket's policy"
        )
    status, body = _call(bucket, "PUT", _location(bucket))
    if status == 200:
        return True
    if any(word in body for word in _OWN_ALREADY):
        return False
    raise SettingsError(f"bucket {bucket.name} cannot be made (status {status}): {body[:300]}")


def _location(bucket: Bucket) -> bytes:
    if bucket.endpoint or bucket.region == "us-east-1":
        return b""
    return (
        '<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"<LocationConstraint>{bucket.region}</LocationConstraint></CreateBucketConfiguration>"
    ).encode()


def _call(bucket: Bucket, method: str, body: bytes = b"") -> tuple[int, str]:
    endpoint = bucket.endpoint or f"https://s3.{bucket.region}.amazonaws.com"
    url = f"{endpoint.rstrip('/')}/{quote(bucket.name, safe='')}"
    headers = signed_headers(bucket, method, url, body, time.gmtime())
    request = urllib.request.Request(url, data=body or None, headers=headers, method=method)  # noqa: S310 -- settings.py lets only http and https through
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 -- as above
            return answer.status, ""
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(2000).decode(errors="replace")
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", error)
        raise Unavailable(f"object storage {endpoint} does not answer: {reason}") from error


def signed_headers(
    bucket: Bucket, method: str, url: str, body: bytes, now: time.struct_time
) -> dict[str, str]:
    """The headers of AWS Signature Version 4 for a request without a query."""
    parts = urlsplit(url)
    moment = time.strftime("%Y%m%dT%H%M%SZ", now)
    headers = {
        "host": parts.netloc,
        "x-amz-content-sha256": hashlib.sha256(body).hexdigest(),
        "x-amz-date": moment,
    }
    if not bucket.access_key_id:
        return headers
    names = ";".join(headers)
    listed = "".join(f"{name}:{value}\n" for name, value in headers.items())
    canonical = "\n".join((method, parts.path, "", listed, names, headers["x-amz-content-sha256"]))
    scope = f"{moment[:8]}/{bucket.region}/s3/aws4_request"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashed}"
    key = b"AWS4" + (bucket.secret_access_key or "").encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={bucket.access_key_id}/{scope}, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    return headers
