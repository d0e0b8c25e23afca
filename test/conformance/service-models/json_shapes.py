"""JSON values against the shapes of a service model."""

SCALARS = {
    "string": str,
    "character": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float, str),
    "blob": str,
}


def differences(shape, value, path):
    """What of a JSON value the shape does not allow."""
    kind = shape.type_name
    if value is None:
        return
    if kind == "structure":
        if not isinstance(value, dict):
            yield f"{path} is no object"
            return
        known = {
            (member.serialization.get("name") or name): member
            for name, member in shape.members.items()
        }
        for name, item in value.items():
            if name not in known:
                yield f"{path}.{name} is not in the model"
            else:
                yield from differences(known[name], item, f"{path}.{name}")
        for name in shape.required_members:
            member = shape.members[name]
            outside = member.serialization.get("location")
            if not outside and (member.serialization.get("name") or name) not in value:
                yield f"{path}.{name} is missing"
    elif kind == "list":
        if not isinstance(value, list):
            yield f"{path} is no list"
            return
        for index, item in enumerate(value):
            yield from differences(shape.member, item, f"{path}[{index}]")
    elif kind == "map":
        if not isinstance(value, dict):
            yield f"{path} is no map"
            return
        for name, item in value.items():
            yield from differences(shape.value, item, f"{path}.{name}")
    else:
        expected = SCALARS[kind]
        wrong = not isinstance(value, expected)
        if wrong or (isinstance(value, bool) and kind != "boolean"):
            yield f"{path} is {type(value).__name__}, not {kind}"
        elif kind == "string" and getattr(shape, "enum", None) and value not in shape.enum:
            yield f"{path} is {value!r}, not one of {shape.enum}"
