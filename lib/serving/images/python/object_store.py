"""Objects of a bucket over signed requests; the standard library is all that is at hand.

https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

import hashlib
import hmac
import os
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET
from datetime import datetime, timezone

EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
TIMEOUT_SECONDS = 60
direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def list_objects(bucket, prefix):
    """Keys below a prefix with their entity tags, in order."""
    objects = []
    token = None
    while True:
        query = {"list-type": "2", "prefix": prefix}
        if token:
            query["continuation-token"] = token
        with _send("GET", bucket, "", query) as response:
            page = ET.fromstring(response.read())
        space = page.tag[: page.tag.index("}") + 1] if page.tag.startswith("{") else ""
        for entry in page.iter(f"{space}Contents"):
            objects.append((entry.findtext(f"{space}Key"), entry.findtext(f"{space}ETag")))
        token = page.findtext(f"{space}NextContinuationToken")
        if not token:
            return objects


def read_object(bucket, key, file):
    """Writes an object into an open file; False when there is none."""
    try:
        with _send("GET", bucket, key, {}) as response:
            while chunk := response.read(1 << 20):
                file.write(chunk)
        return True
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return False
        raise


def write_object(bucket, key, path):
    with open(path, "rb") as file:
        headers = {"content-length": str(os.path.getsize(path))}
        _send("PUT", bucket, key, {}, file, headers).close()


def _send(method, bucket, key, query, body=None, headers=None):
    region = os.environ.get("AWS_REGION", "us-east-1")
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    path = "/" + urllib.parse.quote(key, safe="/-_.~")
    if endpoint:
        base = endpoint.rstrip("/")
        path = f"/{bucket}{path}"
    else:
        base = f"https://{bucket}.s3.{region}.amazonaws.com"
    text = urllib.parse.urlencode(sorted(query.items()), quote_via=urllib.parse.quote, safe="-_.~")
    signed = {
        "host": urllib.parse.urlsplit(base).netloc,
        "x-amz-content-sha256": "UNSIGNED-PAYLOAD" if body else EMPTY_SHA256,
        "x-amz-date": datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ"),
    }
    if session := os.environ.get("AWS_SESSION_TOKEN"):
        signed["x-amz-security-token"] = session
    signed["authorization"] = _authorization(method, path, text, signed, region)
    url = f"{base}{path}" + (f"?{text}" if text else "")
    request = urllib.request.Request(url, data=body, method=method, headers={**signed, **(headers or {})})
    return direct.open(request, timeout=TIMEOUT_SECONDS)


def _authorization(method, path, query, headers, region):
    date = headers["x-amz-date"]
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = "\n".join([method, path, query, lines, names, headers["x-amz-content-sha256"]])
    scope = f"{date[:8]}/{region}/s3/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = ("AWS4" + os.environ["AWS_SECRET_ACCESS_KEY"]).encode()
    for part in [*scope.split("/"), f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{digest}"]:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    credential = f"{os.environ['AWS_ACCESS_KEY_ID']}/{scope}"
    return f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={key.hex()}"
