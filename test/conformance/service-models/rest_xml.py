"""S3's calls against botocore's model: parameters in paths, queries and headers, bodies in XML."""

import re
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

from json_shapes import differences

NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"

# Of https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html; the model names hardly any.
ERRORS = {
    "AccessControlListNotSupported",
    "AccessDenied",
    "AuthorizationQueryParametersError",
    "BadDigest",
    "BucketAlreadyOwnedByYou",
    "BucketNotEmpty",
    "EntityTooLarge",
    "EntityTooSmall",
    "IncompleteBody",
    "InternalError",
    "InvalidAccessKeyId",
    "InvalidArgument",
    "InvalidBucketName",
    "InvalidDigest",
    "InvalidPart",
    "InvalidPartOrder",
    "InvalidRange",
    "InvalidRequest",
    "InvalidTag",
    "InvalidURI",
    "KeyTooLongError",
    "MalformedXML",
    "MaxMessageLengthExceeded",
    "MetadataTooLarge",
    "MethodNotAllowed",
    "MissingContentLength",
    "NoSuchBucket",
    "NoSuchKey",
    "NoSuchUpload",
    "NoSuchVersion",
    "NotImplemented",
    "PreconditionFailed",
    "RequestTimeout",
    "SignatureDoesNotMatch",
    "XAmzContentSHA256Mismatch",
    # None of AWS's: its disks do not fill.
    "InsufficientStorage",
}

# Of the signature (version 4) and its chunks, and of the SDKs.
# https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
SIGNED_HEADERS = {
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-decoded-content-length",
    "x-amz-security-token",
    "x-amz-te",
    "x-amz-trailer",
    "x-amz-user-agent",
}
SIGNED_PARAMETER = re.compile(
    r"X-Amz-(Algorithm|Content-Sha256|Credential|Date|Expires|Security-Token|Signature|SignedHeaders)|x-id"
)

# Of directory buckets, which have an endpoint of their own.
ELSEWHERE = {"ListDirectoryBuckets"}

ANSWER_HEADERS = {"x-amz-request-id", "x-amz-id-2"}


def operation_of(model, call):
    """The operation that asks for the most of what a request has; KeyError when there is none."""
    url = urlsplit(call["path"])
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    bucket, _, key = url.path.lstrip("/").partition("/")
    path = "/" + "/".join(["{Bucket}"] * bool(bucket) + ["{Key+}"] * bool(key))
    found = []
    for name in set(model.operation_names) - ELSEWHERE:
        operation = model.operation_model(name)
        uri = urlsplit(operation.http["requestUri"])
        fixed = dict(parse_qsl(uri.query, keep_blank_values=True))
        if operation.http["method"] != call["method"] or uri.path != path:
            continue
        needed = needed_parameters(operation)
        has = query.keys() | call["headers"].keys()
        if all(query.get(one) == value for one, value in fixed.items()) and needed <= has:
            found.append((len(fixed) + len(needed), name))
    if not found:
        raise KeyError(f"{call['method']} {path} {sorted(query)}")
    return model.operation_model(max(found)[1])


def needed_parameters(operation):
    """Names of the headers and query parameters without which it is not this operation."""
    shape = operation.input_shape
    members = [shape.members[name] for name in shape.required_members] if shape else []
    return {
        one.serialization["name"].lower() if one.serialization["location"] == "header" else one.serialization["name"]
        for one in members
        if one.serialization.get("location") in ("header", "querystring")
    }


def located(shape, place):
    """Members by the name that they have in that place."""
    if shape is None:
        return {}
    return {
        one.serialization["name"].lower() if place == "header" else one.serialization["name"]: one
        for one in shape.members.values()
        if one.serialization.get("location") == place
    }


def prefixes(shape):
    """What the names of headers begin with that become a map."""
    members = shape.members.values() if shape else []
    return tuple(
        one.serialization["name"].lower()
        for one in members
        if one.serialization.get("location") == "headers"
    )


def text_value(shape, text):
    """A text as the JSON that its type would be; itself where it is none of that type."""
    kind = shape.type_name
    if kind in ("integer", "long") and re.fullmatch(r"-?\d+", text):
        return int(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    if kind == "list":
        return [text_value(shape.member, one.strip()) for one in text.split(",")]
    return text


def element_value(shape, node):
    """An element as JSON, with what is not in the model."""
    kind = shape.type_name
    if kind == "structure":
        members = {one.serialization.get("name", name): one for name, one in shape.members.items()}
        value = {}
        for child in node:
            name = child.tag.removeprefix(NAMESPACE)
            member = members.get(name)
            if member is None:
                value[name] = child.text
            elif member.type_name == "list" and member.serialization.get("flattened"):
                value.setdefault(name, []).append(element_value(member.member, child))
            else:
                value[name] = element_value(member, child)
        return value
    if kind == "list":
        return [element_value(shape.member, child) for child in node]
    text = node.text or ""
    if kind == "timestamp":
        datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
    return text_value(shape, text)


def parameters(known, given, also, what):
    """What of headers or query parameters the model does not have, or not in that type."""
    for name, text in given.items():
        if name in known:
            yield from differences(known[name], text_value(known[name], text), f"{what} {name}")
        elif not also(name):
            yield f"{what} {name} is not in the model"


def check_rest_request(operation, call):
    if call["status"] >= 300:
        return  # The refusal is checked instead: tests send what is wrong on purpose.
    shape, url = operation.input_shape, urlsplit(call["path"])
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    # A presigned address may carry what otherwise are headers.
    hoisted = {
        name.lower(): query.pop(name)
        for name in list(query)
        if name.lower().startswith("x-amz-") and not SIGNED_PARAMETER.fullmatch(name)
    }
    fixed = dict(parse_qsl(urlsplit(operation.http["requestUri"]).query, keep_blank_values=True))
    yield from parameters(
        located(shape, "querystring"),
        query,
        lambda name: name in fixed or SIGNED_PARAMETER.fullmatch(name),
        f"{operation.name}: parameter",
    )
    headers = {name: text for name, text in call["headers"].items() if name.startswith("x-amz-")} | hoisted
    yield from parameters(
        located(shape, "header"),
        headers,
        lambda name: name in SIGNED_HEADERS
        or name.startswith(prefixes(shape) or "-")
        or (name.startswith("x-amz-checksum-") and operation.http_checksum.get("requestAlgorithmMember")),
        f"{operation.name}: header",
    )
    payload = shape and shape.serialization.get("payload")
    if payload and shape.members[payload].type_name == "structure" and (
        call["request"] or payload in shape.required_members
    ):
        member = shape.members[payload]
        root = ElementTree.fromstring(call["request"])
        if root.tag.removeprefix(NAMESPACE) != member.serialization.get("name", payload):
            yield f"{operation.name} is asked for with {root.tag}"
        value = element_value(member, root)
        yield from differences(member, value, operation.name)


def check_rest_answer(operation, call):
    if call["status"] >= 300:
        yield from check_refusal(operation, call)
        return
    shape = operation.output_shape
    headers = {
        name: str(text) for name, text in call["answerHeaders"].items() if name.startswith("x-amz-")
    }
    yield from parameters(
        located(shape, "header"),
        headers,
        lambda name: name in ANSWER_HEADERS or name.startswith(prefixes(shape) or "-"),
        f"{operation.name}: answered header",
    )
    if not ANSWER_HEADERS & headers.keys():
        yield f"{operation.name} is answered without a request id"
    payload = shape and shape.serialization.get("payload")
    body = shape.members[payload] if payload else shape
    in_body = body is not None and body.type_name == "structure" and (payload or any(
        not one.serialization.get("location") for one in shape.members.values()
    ))
    if not in_body or call["method"] == "HEAD":
        return
    root = ElementTree.fromstring(call["response"])
    if not root.tag.startswith(NAMESPACE):
        yield f"{operation.name} is answered with {root.tag}, outside of S3's namespace"
    name = root.tag.removeprefix(NAMESPACE)
    if payload and name != body.serialization.get("name", payload):
        yield f"{operation.name} is answered with {root.tag}"
    # The one answer whose only member is its root.
    alone = name in shape.members and not payload
    yield from differences(body, {name: root.text} if alone else element_value(body, root), operation.name)


def check_refusal(operation, call):
    """304 has no body, nor has any answer to HEAD."""
    if call["method"] == "HEAD" or call["status"] == 304:
        return
    error = ElementTree.fromstring(call["response"])
    code = error.findtext("Code")
    if error.tag != "Error":
        yield f"{operation.name} refuses with {error.tag}"
    if code not in {shape.name for shape in operation.error_shapes} | ERRORS:
        yield f"{operation.name} refuses with {code}, which is none of S3's errors"
