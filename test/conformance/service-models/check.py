"""Checks recorded AWS calls against AWS's own service models, as botocore publishes them.

Every request must be one that the model allows, every answer may hold only what the model names, in
the types that it names, and every refusal must be one of the operation's or of those that all
operations share. Prints what differs, then "N passed, N failed", one count per operation and kind.
"""

import json
import re
import sys
from collections import defaultdict
from urllib.parse import parse_qsl
from xml.etree import ElementTree

import botocore.session
from botocore.validate import ParamValidator

from json_shapes import differences
from rest_xml import check_rest_answer, check_rest_request, operation_of

MODELS = {
    "application-autoscaling": "application-autoscaling",
    "events": "events",
    "lambda": "lambda",
    "monitoring": "cloudwatch",
    "s3": "s3",
    "sagemaker": "sagemaker",
    "sagemaker-runtime": "sagemaker-runtime",
    "scheduler": "scheduler",
    "sns": "sns",
    "sqs": "sqs",
    "states": "stepfunctions",
    "dynamodb": "dynamodb",
}

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html, and SNS's page of that name
COMMON_ERRORS = {
    "AccessDeniedException",
    "InvalidAction",
    "MalformedQueryString",
    "InvalidParameterValue",
    "IncompleteSignature",
    "InternalFailure",
    "RequestExpired",
    "ServiceUnavailable",
    "ThrottlingException",
    "UnknownOperationException",
    "SerializationException",
    "ValidationException",
    "ValidationError",
}

# `slipway interrupt`: on AWS nobody takes an instance away by a call.
OWN_CALLS = {"SageMaker.InterruptTrainingJob"}


# What the engine of DynamoDB says beyond the model, of tables that it has made.
OF_ENGINE = {"CreateTable.TableDescription.TableThroughputModeSummary is not in the model"}


class Service:
    def __init__(self, session, name):
        self.model = session.get_service_model(name)
        self.routes = []
        self.protocol = self.model.metadata["protocol"]
        if self.protocol == "rest-json":
            for name in self.model.operation_names:
                operation = self.model.operation_model(name)
                pattern = re.sub(
                    r"\{[^}]+\}", "[^/]+", operation.http["requestUri"].split("?")[0].rstrip("/")
                )
                self.routes.append((operation.http["method"], re.compile(pattern + "/?$"), name))

    def operation(self, call):
        if self.protocol == "rest-xml":
            return operation_of(self.model, call)
        if self.protocol == "query":
            return self.model.operation_model(dict(parse_qsl(call["request"])).get("Action", ""))
        if call.get("target"):
            return self.model.operation_model(call["target"].split(".")[-1])
        path = call["path"].split("?")[0]
        for method, pattern, name in self.routes:
            if method == call["method"] and pattern.fullmatch(path):
                return self.model.operation_model(name)
        raise KeyError(f"{call['method']} {path}")


def model_of(call):
    """SageMaker's runtime is signed as SageMaker itself; its operations are paths."""
    runtime = call["service"] == "sagemaker" and not call.get("target")
    return "sagemaker-runtime" if runtime else call["service"]


def body_of(shape, text):
    """The JSON of a body; None when the body is a payload of its own."""
    if shape is not None and shape.serialization.get("payload"):
        return None
    return json.loads(text) if text.strip() else {}


def form_value(shape, fields, path):
    """The value that a form of the query protocol holds at a path; what is read is taken out of it."""
    kind = shape.type_name
    if kind == "structure":
        members = {
            name: form_value(member, fields, [*path, member.serialization.get("name") or name])
            for name, member in shape.members.items()
        }
        return {name: item for name, item in members.items() if item is not None} or None
    if kind == "list":
        item = shape.member.serialization.get("name") or "member"
        return numbered(fields, [*path, item], lambda at: form_value(shape.member, fields, at)) or None
    if kind == "map":
        key = shape.key.serialization.get("name") or "key"
        value = shape.value.serialization.get("name") or "value"

        def entry(at):
            return fields.pop(".".join([*at, key]), None), form_value(shape.value, fields, [*at, value])

        return dict(numbered(fields, [*path, "entry"], entry)) or None
    return fields.pop(".".join(path), None)


def numbered(fields, path, read):
    """What stands at `path.1`, `path.2` and so on."""
    found = []
    while True:
        at = [*path, str(len(found) + 1)]
        prefix = ".".join(at)
        if not any(name == prefix or name.startswith(prefix + ".") for name in fields):
            return found
        found.append(read(at))


def xml_value(shape, node):
    """An element of an answer of the query protocol as JSON, with what is not in the model."""
    if shape.type_name == "structure":
        members = {(one.serialization.get("name") or name): one for name, one in shape.members.items()}
        children = {child.tag.split("}")[-1]: child for child in node}
        return {
            name: xml_value(members[name], child) if name in members else child.text
            for name, child in children.items()
        }
    if shape.type_name == "list":
        return [xml_value(shape.member, child) for child in node]
    if shape.type_name == "boolean":
        return node.text == "true"
    return int(node.text) if shape.type_name in ("integer", "long") else (node.text or "")


def check_query(operation, call):
    """What the model does not allow of a call of the query protocol: forms in, XML out."""
    answer = ElementTree.fromstring(call["response"])
    if call["status"] >= 300:
        [code] = [one.text for one in answer.iter() if one.tag.endswith("}Code")]
        if code not in {shape.error_code or shape.name for shape in operation.error_shapes} | COMMON_ERRORS:
            yield f"{operation.name} refuses with {code}, which is none of its errors"
        return
    fields = dict(parse_qsl(call["request"], keep_blank_values=True))
    action, version = fields.pop("Action"), fields.pop("Version", None)
    if version != operation.service_model.api_version:
        yield f"{action} is asked for in version {version}"
    value = form_value(operation.input_shape, fields, []) or {}
    for name in fields:
        yield f"{action}.{name} is not in the model"
    yield from differences(operation.input_shape, value, action)
    if answer.tag.split("}")[-1] != f"{action}Response":
        yield f"{action} is answered with {answer.tag}"
    results = [child for child in answer if child.tag.endswith(f"}}{action}Result")]
    shape = operation.output_shape
    if (shape is not None) != bool(results):
        yield f"{action} is answered with {len(results)} results"
    for result in results if shape is not None else []:
        yield from differences(shape, xml_value(shape, result), action)


def check_request(operation, call):
    if call["status"] >= 300:
        return  # The refusal is checked instead: tests send what is wrong on purpose.
    shape = operation.input_shape
    body = body_of(shape, call["request"])
    if body is None or shape is None:
        return
    yield from differences(shape, body, operation.name)
    if call.get("target"):
        report = ParamValidator().validate(dates_aside(shape, body), shape)
        if report.has_errors():
            yield report.generate_report()


def dates_aside(shape, value):
    """The validator wants blobs and dates as Python has them; their types are checked before."""
    if shape.type_name == "structure" and isinstance(value, dict):
        return {
            name: dates_aside(shape.members[name], item)
            for name, item in value.items()
            if name in shape.members and shape.members[name].type_name not in ("timestamp", "blob")
        }
    return value


def check_answer(operation, call):
    if call["status"] < 300:
        shape = operation.output_shape
        body = body_of(shape, call["response"])
        if body is None:
            return
        if shape is None:
            if body:
                yield f"{operation.name} answers with nothing, not {body}"
            return
        yield from differences(shape, body, operation.name)
        return
    body = json.loads(call["response"] or "{}")
    code = (call.get("error") or body.get("__type") or "").split("#")[-1].split(":")[0]
    modelled = {shape.name for shape in operation.error_shapes}
    modelled |= {shape.error_code for shape in operation.error_shapes if shape.error_code}
    if code not in modelled | COMMON_ERRORS:
        yield f"{operation.name} refuses with {code}, which is none of its errors"


JSON_CHECKS = (("request", check_request), ("answer", check_answer))
CHECKS = {
    "json": JSON_CHECKS,
    "rest-json": JSON_CHECKS,
    # CloudWatch speaks JSON as well, which its clients for JavaScript do.
    "smithy-rpc-v2-cbor": JSON_CHECKS,
    "query": (("call", check_query),),
    "rest-xml": (("request", check_rest_request), ("answer", check_rest_answer)),
}


def main(path, *named):
    """Checks the calls in a file; an operation that is `named` must be among them."""
    session = botocore.session.get_session()
    services = {name: Service(session, model) for name, model in MODELS.items()}
    found = defaultdict(list)
    calls = 0
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            call = json.loads(line)
            if call.get("target") in OWN_CALLS:
                continue
            calls += 1
            try:
                service = services[model_of(call)]
                operation = service.operation(call)
            except Exception as error:  # an unknown operation is a difference, not a crash
                found[(call["service"], str(error), "operation")].append("is not in the model")
                continue
            for kind, check in CHECKS[service.protocol]:
                key = (call["service"], operation.name, kind)
                found[key].extend(problem for problem in check(operation, call) if problem not in OF_ENGINE)
    called = {operation for _, operation, _ in found}
    # State machines write them with a small letter.
    for operation in {name[0].upper() + name[1:] for name in named} - called:
        found[("any service", operation, "call")].append("is named by the product and was not called")
    failed = 0
    for key, problems in sorted(found.items()):
        if problems:
            failed += 1
            print(f"failed: service-models: {' '.join(key)}: {len(set(problems))} problems")
            for problem in sorted(set(problems))[:5]:
                print(f"  {problem}")
    names = sorted({f"{service}:{name}" for service, name, _ in found})
    print(f"{calls} calls of {len(names)} operations: {', '.join(names)}")
    print(f"{len(found) - failed} passed, {failed} failed")
    return 1 if failed or not found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
