"""Writes functions/mlflow/contract.json: endpoints and fields of MLflow's proto definitions.

Reads the descriptors inside the installed package, whose release is the contract's tag.
"""

import json
import re
import sys

import mlflow
from google.protobuf.descriptor import FieldDescriptor
from mlflow.protos import (
    databricks_pb2,
    mlflow_artifacts_pb2,
    model_registry_pb2,
    service_pb2,
    webhooks_pb2,
)

SERVICES = [
    service_pb2.DESCRIPTOR.services_by_name["MlflowService"],
    model_registry_pb2.DESCRIPTOR.services_by_name["ModelRegistryService"],
    mlflow_artifacts_pb2.DESCRIPTOR.services_by_name["MlflowArtifactsService"],
    webhooks_pb2.DESCRIPTOR.services_by_name["WebhookService"],
]
SCALARS = {
    FieldDescriptor.TYPE_STRING: "string",
    FieldDescriptor.TYPE_INT64: "int64",
    FieldDescriptor.TYPE_INT32: "int32",
    FieldDescriptor.TYPE_DOUBLE: "double",
    FieldDescriptor.TYPE_FLOAT: "double",
    FieldDescriptor.TYPE_BOOL: "bool",
    FieldDescriptor.TYPE_BYTES: "bytes",
    FieldDescriptor.TYPE_FIXED64: "int64",
    FieldDescriptor.TYPE_UINT32: "int64",
    FieldDescriptor.TYPE_UINT64: "int64",
    FieldDescriptor.TYPE_FIXED32: "int64",
    FieldDescriptor.TYPE_SFIXED64: "int64",
}
messages = {}


def describe(field):
    if field.type == FieldDescriptor.TYPE_ENUM:
        type_ = [value.name for value in field.enum_type.values]
    elif field.type == FieldDescriptor.TYPE_MESSAGE:
        add(field.message_type)
        type_ = {"message": field.message_type.full_name}
    else:
        type_ = SCALARS[field.type]
    repeated = field.is_repeated if hasattr(field, "is_repeated") else field.label == 3
    return {"type": type_, **({"repeated": True} if repeated else {})}


def add(message):
    if message.full_name not in messages:
        messages[message.full_name] = {}
        fields = {field.name: describe(field) for field in message.fields}
        messages[message.full_name] = fields


def path_of(endpoint):
    """As the server mounts it: the minor number counts for nothing, parameters are in braces."""
    path = re.sub(r"<path:(\w+)>", r"{\1+}", endpoint.path.lstrip("/"))
    return f"/api/{endpoint.since.major}.0/{path}"


endpoints = []
for service in SERVICES:
    for method in service.methods:
        add(method.input_type)
        for endpoint in method.GetOptions().Extensions[databricks_pb2.rpc].endpoints:
            endpoints.append({
                "rpc": method.name,
                "method": endpoint.method,
                "path": path_of(endpoint),
                "request": method.input_type.full_name,
            })

endpoints.sort(key=lambda one: (one["path"], one["method"]))


def lines(items):
    return ",\n".join(f"    {item}" for item in items)


# One thing a line, so that a new release reads well as a difference.
with open(sys.argv[1], "w") as f:
    f.write(f'{{\n  "tag": "v{mlflow.__version__}",\n  "endpoints": [\n')
    f.write(lines(json.dumps(one) for one in endpoints))
    f.write('\n  ],\n  "messages": {\n')
    f.write(lines(f"{json.dumps(name)}: {json.dumps(messages[name])}" for name in sorted(messages)))
    f.write("\n  }\n}\n")
print(len(endpoints), "endpoints,", len(messages), "messages")
