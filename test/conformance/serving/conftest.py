"""Models of real libraries, and an endpoint for each: all are brought up at the same time."""

import os
from datetime import timedelta
from importlib.metadata import version

import mlflow
import numpy as np
import onnx
import pandas as pd
import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.service.serving import (
    EndpointCoreConfigInput,
    EndpointTag,
    ServedEntityInput,
)
from lightgbm import LGBMRegressor
from mlflow.models import infer_signature
from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema
from mlflow.models import ModelSignature
from skl2onnx import to_onnx
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LinearRegression

import models

URL = os.environ["SLIPWAY_URL"]
WAIT = timedelta(minutes=20)

# One environment for all: what a model needs is written down, not found out by loading it.
REQUIREMENTS = [
    f"{name}=={version(name)}"
    for name in ("mlflow", "scikit-learn", "lightgbm", "onnx", "onnxruntime", "pandas", "numpy")
]


@pytest.fixture(scope="session")
def w():
    return WorkspaceClient(host=URL, token="any")


@pytest.fixture(scope="session")
def data():
    random = np.random.default_rng(7)
    x = pd.DataFrame(random.normal(size=(300, 4)), columns=["a", "b", "c", "d"])
    return x, (x.a * 2 - x.b + x.c * x.d + random.normal(size=300) * 0.1)


def entity(model, model_version="1", **more):
    return ServedEntityInput(
        entity_name=model, entity_version=model_version, scale_to_zero_enabled=True, **more
    )


def config(*entities):
    return EndpointCoreConfigInput(name="ignored", served_entities=list(entities))


@pytest.fixture(scope="session")
def logged(data):
    """Logs every model; what Python itself predicts, by the model's name."""
    mlflow.set_tracking_uri(URL)
    x, y = data
    late = (y > 0).astype(int)
    rows = x.head(20)
    regressor = LGBMRegressor(n_estimators=30, verbose=-1).fit(x, y)
    classifier = GradientBoostingClassifier(n_estimators=20).fit(x, late)
    linear = LinearRegression().fit(x.to_numpy(np.float32), y)
    graph = to_onnx(linear, x.head(1).to_numpy(np.float32))
    table = Schema([ColSpec("double", name) for name in x.columns])
    params = ParamSchema([ParamSpec("factor", "double", 1.0)])
    common = {"name": "model", "pip_requirements": REQUIREMENTS}
    code = {"code_paths": [models.__file__], **common}
    expected = {}
    with mlflow.start_run():
        mlflow.lightgbm.log_model(
            regressor,
            registered_model_name="lightgbm",
            signature=infer_signature(x, regressor.predict(x)),
            input_example=rows,
            **common,
        )
        expected["lightgbm"] = regressor.predict(rows)
        mlflow.sklearn.log_model(
            classifier,
            registered_model_name="sklearn",
            pyfunc_predict_fn="predict_proba",
            signature=infer_signature(x, classifier.predict_proba(x)),
            serialization_format="cloudpickle",
            **common,
        )
        expected["sklearn"] = classifier.predict_proba(rows)
        mlflow.onnx.log_model(graph, registered_model_name="onnx", **common)
        expected["onnx"] = linear.predict(rows.to_numpy(np.float32))
        mlflow.pyfunc.log_model(
            python_model=models.Fraud(),
            registered_model_name="pyfunc",
            signature=ModelSignature(inputs=table, params=params),
            **code,
        )
        mlflow.pyfunc.log_model(
            python_model=models.Tensor(),
            registered_model_name="tensor",
            signature=infer_signature(np.zeros((2, 2, 3), np.float32)),
            **code,
        )
        mlflow.pyfunc.log_model(
            python_model=models.Moody(), registered_model_name="moody", **code
        )
        mlflow.pyfunc.log_model(
            python_model=models.Told(), registered_model_name="told", **code
        )
        mlflow.pyfunc.log_model(
            python_model=models.Calm(), registered_model_name="calm", **code
        )
        mlflow.pyfunc.log_model(
            python_model=models.Fraud(),
            registered_model_name="impossible",
            **{**code, "pip_requirements": ["mlflow==0.0.0"]},
        )
    return expected


@pytest.fixture(scope="session")
def served(w, logged):
    """Endpoints named after their models, ready."""
    names = ["lightgbm", "sklearn", "onnx", "pyfunc", "tensor", "moody"]
    tags = [EndpointTag(key="team", value="ml")]
    waits = [w.serving_endpoints.create(name=name, config=config(entity(name)), tags=tags) for name in names]
    return {name: wait.result(timeout=WAIT) for name, wait in zip(names, waits)}


@pytest.fixture(scope="session")
def rows(data):
    return data[0].head(20)
