"""Models of somebody's own, as MLflow's clients log them."""

import os
import time

import mlflow
import numpy as np


class Fraud(mlflow.pyfunc.PythonModel):
    """A record per row, scaled by a parameter."""

    def predict(self, context, model_input, params=None):
        factor = (params or {}).get("factor", 1.0)
        return [
            {"fraud_probability": float(a) * factor, "label": "FRAUD" if a > 0 else "OK"}
            for a in model_input["a"]
        ]


class Tensor(mlflow.pyfunc.PythonModel):
    """Sums of matrices, of any number of them."""

    def predict(self, context, model_input, params=None):
        return np.asarray(model_input).sum(axis=2)


class Calm(mlflow.pyfunc.PythonModel):
    """Takes what Moody takes, and never fails."""

    def predict(self, context, model_input, params=None):
        return [0.5] * len(model_input)


class Told(mlflow.pyfunc.PythonModel):
    """Answers with its variable, as it was when it was loaded and as it is."""

    def load_context(self, context):
        self.loaded = os.environ.get("MODE")

    def predict(self, context, model_input, params=None):
        return [f"{self.loaded} {os.environ.get('MODE')} {os.getpid()}"]


class Moody(mlflow.pyfunc.PythonModel):
    """Does what the row says."""

    def predict(self, context, model_input, params=None):
        mood = model_input["mood"][0]
        if mood == "throw":
            raise ValueError("not today")
        if mood == "end":
            os._exit(9)
        if mood == "hang":
            time.sleep(3600)
        if mood == "grow":
            return [float(np.ones(2_000_000_000).sum())]
        if mood == "nan":
            return [float("nan"), float("inf"), 1.5]
        print("in a good mood")
        return [os.getpid()]
