"""Checks state machines against the schema of the Amazon States Language that cfn-lint carries.

`state_machines.py FILE…` prints what the schema does not allow; the exit status is 1 if there is any.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

# What AWS allows and the schema does not know: expressions in place of numbers, arrays as a state's output.
# https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html, …/state-map.html (TimeoutSeconds,
# MaxConcurrency) and …/transforming-data.html (Output)
ALLOWED = re.compile(r"'\{%.*%\}' is not of type 'number'|\[.*\] is not of type 'string', 'object'")


def problems_of(path):
    """Messages about one definition, as the resource that CloudFormation makes of it."""
    properties = {
        "RoleArn": "arn:aws:iam::123456789012:role/any",
        "Definition": json.loads(Path(path).read_text()),
    }
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as template:
        json.dump({"Resources": {"Machine": machine}}, template)
        template.flush()
        command = [str(Path(sys.executable).with_name("cfn-lint")), "--format", "json", template.name]
        # 0: nothing found; 2 and more: found, by severity. Whatever it prints must be JSON.
        found = json.loads(subprocess.run(command, capture_output=True, check=False).stdout)
    messages = [one["Message"] for one in found]
    return [message for message in messages if not ALLOWED.fullmatch(message)]


def main(paths):
    problems = [f"{path}: {problem}" for path in paths for problem in problems_of(path)]
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
