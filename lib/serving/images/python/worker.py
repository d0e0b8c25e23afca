"""Runs in a model's own environment: loads it, then answers one request after the other.

Frames over standard input and output: four bytes of length, then JSON. What the model prints goes
to standard error.
"""

import functools
import json
import os
import struct
import sys
import traceback

frames_in = sys.stdin.buffer
frames_out = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)
os.environ["_MLFLOW_IS_IN_SERVING_ENVIRONMENT"] = "true"


def send(message):
    data = json.dumps(message).encode()
    frames_out.write(struct.pack(">I", len(data)) + data)
    frames_out.flush()


def receive():
    head = frames_in.read(4)
    return json.loads(frames_in.read(struct.unpack(">I", head)[0])) if len(head) == 4 else None


def reason(error):
    return traceback.format_exception_only(type(error), error)[-1].strip()


def valid_json(text):
    """MLflow writes NaN and Infinity, which JSON does not have."""
    if "NaN" not in text and "Infinity" not in text:
        return text
    return json.dumps(json.loads(text, parse_constant=lambda _: None))


class Watched:
    """The model's `predict` as the scoring server calls it, and whether the model itself failed in it.

    What MLflow refuses, such as a request that breaks the signature, is an MlflowException: the caller's
    doing. Anything else that is raised is the model's, though MLflow answers both with 400.
    """

    def __init__(self, model):
        self.failed = False
        predict = model.predict

        @functools.wraps(predict)
        def watched(*args, **kwargs):
            from mlflow.exceptions import MlflowException

            try:
                return predict(*args, **kwargs)
            except MlflowException:
                raise
            except Exception:
                self.failed = True
                raise

        model.predict = watched


def score(model, schema, request, watched):
    from mlflow.exceptions import MlflowException
    from mlflow.pyfunc import scoring_server

    watched.failed = False
    content_type = request.get("content_type") or "application/json"
    try:
        answer = scoring_server.invocations(request["body"], content_type, model, schema)
        if answer.status != 200:
            return {"error_code": "BAD_REQUEST", "message": answer.response}
        return {"body": valid_json(answer.response)}
    except MlflowException as error:
        stack = (error.json_kwargs or {}).get("stack_trace", "")
        message = error.message
        if stack:
            print(stack, file=sys.stderr)
            message = f"{message} {stack.strip().splitlines()[-1]}"
        status = error.get_http_status_code()
        code = error.error_code if status < 500 else "INTERNAL_ERROR"
        return {"error_code": code, "message": message, **({"model_failed": True} if watched.failed else {})}
    except Exception as error:
        traceback.print_exc()
        return {"error_code": "INTERNAL_ERROR", "message": f"the model failed: {reason(error)}"}


def main(folder):
    try:
        import mlflow.pyfunc
        from mlflow.pyfunc import scoring_server

        if not hasattr(scoring_server, "invocations"):
            raise RuntimeError(f"MLflow {mlflow.__version__} is too old to be served; 2.9 is the oldest")
        model = mlflow.pyfunc.load_model(folder)
        schema = model.metadata.get_input_schema()
        watched = Watched(model)
    except BaseException as error:
        traceback.print_exc()
        send({"problem": f"it cannot be loaded: {reason(error)}"})
        return
    send({})
    while (request := receive()) is not None:
        send(score(model, schema, request, watched))


if __name__ == "__main__":
    main(sys.argv[1])
