"""Filters and orders out of a grammar, most of them valid, some broken on purpose."""

NUMERIC = ["=", "!=", "<", "<=", ">", ">="]
TEXT = ["=", "!=", "LIKE", "ILIKE"]
ALL = NUMERIC + ["LIKE", "ILIKE", "IN", "NOT IN", "IS NULL", "IS NOT NULL", "<>", "==", "~", "BETWEEN"]


class Field:
    """A field by the names it may be given, with values that make sense and operators that are allowed."""

    def __init__(self, names, values, operators, numeric=False, ids=False):
        self.names = names
        self.values = values
        self.operators = operators
        self.numeric = numeric
        # Patterns over ids that are each server's own would match by chance.
        self.others = [one for one in ALL if not (ids and "LIKE" in one)]


def quoted(draw, text):
    style = draw.random()
    if style < 0.85:
        return "'" + text + "'"
    if style < 0.97:
        return '"' + text + '"'
    return text


def pattern(draw, text):
    """A LIKE pattern near a text."""
    choice = draw.randrange(5)
    if choice == 0:
        return text[:1] + "%"
    if choice == 1:
        return "%" + text[-1:]
    if choice == 2 and text:
        at = draw.randrange(len(text))
        return text[:at] + "_" + text[at + 1 :]
    if choice == 3:
        return "%" + text[1:2].upper() + "%"
    return text


def value_of(draw, field, operator):
    one = draw.choice(field.values)
    if operator in ("IN", "NOT IN"):
        chosen = [quoted(draw, str(draw.choice(field.values))) for _ in range(draw.randint(1, 3))]
        return "(" + draw.choice([", ", ","]).join(chosen) + ")"
    if field.numeric and operator not in ("LIKE", "ILIKE"):
        return str(one) if draw.random() < 0.95 else quoted(draw, str(one))
    text = str(one)
    if operator in ("LIKE", "ILIKE"):
        text = pattern(draw, text)
    return quoted(draw, text)


def condition(draw, fields):
    field = draw.choice(fields)
    operator = draw.choice(field.operators if draw.random() < 0.93 else field.others)
    shown = operator.lower() if draw.random() < 0.1 else operator
    space = draw.choice([" ", " ", " ", "", "  "]) if operator in NUMERIC else " "
    left = f"{draw.choice(field.names)}{space}{shown}"
    if "NULL" in operator:
        return left
    return f"{left}{space}{value_of(draw, field, operator)}"


BREAKS = [
    lambda draw, text: text[: draw.randrange(len(text) + 1)],
    lambda draw, text: text + " AND",
    lambda draw, text: "AND " + text,
    lambda draw, text: "(" + text + ")",
    lambda draw, text: text.replace(" AND ", " OR ", 1),
    lambda draw, text: "NOT " + text,
    lambda draw, text: text + ";",
    lambda draw, text: text.replace("'", "", 1),
    lambda draw, text: text.replace(".", "", 1),
    lambda draw, text: "nonsense." + text,
    lambda draw, text: text + " " + text,
    lambda draw, text: "  " + text + "  ",
    lambda draw, text: text.replace(" ", "\n\t"),
    lambda draw, text: text + " -- comment",
    lambda draw, text: text + "'",
]


def filter_text(draw, fields):
    joint = draw.choice([" AND ", " AND ", " and ", "  AND  "])
    text = joint.join(condition(draw, fields) for _ in range(draw.choice([0, 1, 1, 1, 2, 2, 3])))
    if draw.random() < 0.12:
        text = draw.choice(BREAKS)(draw, text)
    return text


def order_list(draw, names):
    clauses = []
    for _ in range(draw.choice([0, 1, 1, 2, 3])):
        direction = draw.choice(["", "", " ASC", " DESC", " DESC", " asc", " desc", "  DESC"])
        if draw.random() < 0.05:
            direction = draw.choice([" UP", " DESC ASC", ",", " DESC;", "."])
        clauses.append(draw.choice(names) + direction)
    if draw.random() < 0.04:
        clauses.append(draw.choice(["", " ", "nonsense", "metrics.", "a b c", "nonsense.a", "DESC"]))
    return clauses
