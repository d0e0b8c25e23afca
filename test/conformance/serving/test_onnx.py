"""ONNX models of the converters people use, scored in the function: MLflow's scoring server answers the same."""

import json
import os

import mlflow
import numpy as np
import pandas as pd
import pytest
import requests
from conftest import WAIT, config, entity
from mlflow.models import ModelSignature, infer_signature
from mlflow.pyfunc.scoring_server import invocations
from mlflow.types import ColSpec, Schema, TensorSpec
from onnx import TensorProto, helper, numpy_helper
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType as OnnxmlFloat
from lightgbm import LGBMClassifier
from skl2onnx import convert_sklearn, to_onnx
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC, SVR

URL = os.environ["SLIPWAY_URL"]
CATEGORIES = ["Wien", "Graz", "Linz"]


def with_weights_apart(columns):
    """`Y = relu(X · W)`: MLflow's client stores its weights in a file beside the model."""
    weights = np.linspace(-1, 1, columns * 500, dtype=np.float32).reshape(columns, 500)
    nodes = [
        helper.make_node("MatMul", ["X", "W"], ["product"]),
        helper.make_node("Relu", ["product"], ["Y"]),
    ]
    tensor = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "apart",
        [tensor("X", TensorProto.FLOAT, [None, columns])],
        [tensor("Y", TensorProto.FLOAT, [None, 500])],
        [numpy_helper.from_array(weights, "W")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def mixed_columns():
    random = np.random.default_rng(3)
    x = pd.DataFrame(
        {
            "city": random.choice(CATEGORIES, 200),
            "n": random.integers(0, 9, 200),
            "v": random.normal(size=200),
        }
    )
    y = x.v + (x.city == "Wien") * 2 + x.n * 0.1
    columns = ColumnTransformer(
        [("o", OneHotEncoder(handle_unknown="ignore"), ["city"]), ("s", StandardScaler(), ["n", "v"])]
    )
    pipeline = Pipeline([("columns", columns), ("model", Ridge())]).fit(x, y)
    types = [
        ("city", StringTensorType([None, 1])),
        ("n", Int64TensorType([None, 1])),
        ("v", FloatTensorType([None, 1])),
    ]
    return x, pipeline, convert_sklearn(pipeline, initial_types=types)


@pytest.fixture(scope="module")
def models(w, data):
    """Every model logged by the stock client and served; the graphs' pyfuncs, by name."""
    mlflow.set_tracking_uri(URL)
    x, y = data
    X = x.to_numpy(np.float32)
    late = (y > 0).astype(int)
    text = np.where(y > 1, "high", np.where(y < -1, "low", "mid"))
    columns = ModelSignature(inputs=Schema([ColSpec("double", name) for name in x.columns]))
    mixed, _, mixed_graph = mixed_columns()
    tensors = ModelSignature(
        inputs=Schema(
            [
                TensorSpec(np.dtype(str), (-1, 1), "city"),
                TensorSpec(np.dtype("int64"), (-1, 1), "n"),
                TensorSpec(np.dtype("float32"), (-1, 1), "v"),
            ]
        )
    )
    boosted = GradientBoostingClassifier(n_estimators=20).fit(X, late)
    scaled = make_pipeline(StandardScaler(), SVR()).fit(X, y)
    network = MLPClassifier(hidden_layer_sizes=(300,), max_iter=20).fit(X, late)
    leaves = LGBMClassifier(n_estimators=20, verbose=-1).fit(X, late)
    graphs = {
        "linear": (to_onnx(LinearRegression().fit(X, y), X[:1]), columns),
        "linear-plain": (to_onnx(LinearRegression().fit(X, y), X[:1]), None),
        "linear-tensor": (
            to_onnx(LinearRegression().fit(X, y), X[:1]),
            infer_signature(X, X[:, 0]),
        ),
        "boosted": (to_onnx(boosted, X[:1]), columns),
        "boosted-plain": (to_onnx(boosted, X[:1]), None),
        "boosted-matrix": (to_onnx(boosted, X[:1], options={"zipmap": False}), None),
        "forest-text": (to_onnx(RandomForestClassifier(10).fit(X, text), X[:1]), columns),
        "vectors": (to_onnx(SVC(probability=True).fit(X, late), X[:1]), columns),
        "scaled-vectors": (to_onnx(scaled, X[:1]), columns),
        "network": (to_onnx(network, X[:1]), columns),
        "two-targets": (
            to_onnx(LinearRegression().fit(X, np.stack([y, -y], 1)), X[:1]),
            columns,
        ),
        "doubles": (
            to_onnx(make_pipeline(StandardScaler(), Ridge()).fit(x.to_numpy(), y), x.to_numpy()[:1]),
            columns,
        ),
        "lightgbm-zip": (
            convert_lightgbm(leaves, initial_types=[("X", OnnxmlFloat([None, 4]))]),
            columns,
        ),
        "weights-apart": (with_weights_apart(4), None),
        "mixed": (mixed_graph, tensors),
        "mixed-columns": (mixed_graph, infer_signature(mixed)),
    }
    loaded = {}
    with mlflow.start_run():
        for name, (graph, signature) in graphs.items():
            info = mlflow.onnx.log_model(
                graph,
                name=name,
                registered_model_name=f"onnx-{name}",
                signature=signature,
                pip_requirements=["onnx", "onnxruntime"],
            )
            loaded[name] = mlflow.pyfunc.load_model(info.model_uri)
    waits = [
        w.serving_endpoints.create(name=f"onnx-{name}", config=config(entity(f"onnx-{name}")))
        for name in graphs
    ]
    for wait in waits:
        wait.result(timeout=WAIT)
    return loaded


def answers(model, name, body):
    """The scoring server's answer in this process, and the endpoint's."""
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "text/csv" if isinstance(body, str) else "application/json"
    expected = invocations(text, kind, model, model.metadata.get_input_schema())
    answer = requests.post(
        f"{URL}/serving-endpoints/onnx-{name}/invocations",
        data=text,
        headers={"content-type": kind},
        timeout=60,
    )
    assert answer.status_code == expected.status == 200, answer.text
    return json.loads(expected.response), answer.json()


def assert_same(expected, actual):
    if isinstance(expected, dict):
        assert expected.keys() == actual.keys()
        for key in expected:
            assert_same(expected[key], actual[key])
    elif isinstance(expected, list):
        assert len(expected) == len(actual)
        for one, other in zip(expected, actual):
            assert_same(one, other)
    elif isinstance(expected, float):
        assert actual == pytest.approx(expected, rel=1e-6, abs=1e-6)
    else:
        assert actual == expected


def frames(rows):
    return [
        {"dataframe_split": rows.to_dict(orient="split")},
        {"dataframe_records": rows.to_dict(orient="records")},
        rows.to_csv(index=False),
    ]


def by_name(rows):
    return [
        {"inputs": {name: rows[name].tolist() for name in rows}},
        {"instances": rows.to_dict(orient="records")},
    ]


def tensors(rows):
    matrix = rows.to_numpy(np.float32).tolist()
    return [{"inputs": matrix}, {"instances": matrix}]


def named_tensors(rows):
    matrix = rows.to_numpy(np.float32).tolist()
    return [{"inputs": {"X": matrix}}, {"instances": [{"X": row} for row in matrix]}]


COLUMNS = [
    *("linear", "boosted", "forest-text", "vectors", "scaled-vectors"),
    *("network", "two-targets", "doubles", "lightgbm-zip"),
]


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_in_every_format(models, rows, name):
    for body in frames(rows) + by_name(rows):
        assert_same(*answers(models[name], name, body))


@pytest.mark.parametrize("name", ["linear-plain", "boosted-plain"])
def test_without_a_signature_frames_and_tensors_differ(models, rows, name):
    for body in frames(rows) + tensors(rows) + named_tensors(rows):
        assert_same(*answers(models[name], name, body))


@pytest.mark.parametrize("name", ["boosted-matrix", "weights-apart"])
def test_tensors(models, rows, name):
    for body in tensors(rows) + named_tensors(rows):
        assert_same(*answers(models[name], name, body))


def test_a_signature_of_tensors(models, rows):
    for body in tensors(rows) + frames(rows)[:2]:
        assert_same(*answers(models["linear-tensor"], "linear-tensor", body))


def test_columns_of_texts_and_numbers_as_tensors(models):
    x, _, _ = mixed_columns()
    x = x.head(8)
    body = {"inputs": {name: [[value] for value in x[name].tolist()] for name in x}}
    for body in [body, {"dataframe_split": x.to_dict(orient="split")}]:
        assert_same(*answers(models["mixed"], "mixed", body))


def test_columns_of_texts_and_numbers_which_mlflow_itself_cannot_pass(models):
    x, pipeline, _ = mixed_columns()
    x = x.head(8)
    for body in frames(x) + by_name(x):
        text = body if isinstance(body, str) else json.dumps(body)
        kind = "text/csv" if isinstance(body, str) else "application/json"
        url = f"{URL}/serving-endpoints/onnx-mixed-columns/invocations"
        answer = requests.post(url, data=text, headers={"content-type": kind}, timeout=60)
        assert answer.status_code == 200, answer.text
        values = [row["variable"] for row in answer.json()["predictions"]]
        # Python predicts in double precision, the graph in single.
        np.testing.assert_allclose(values, pipeline.predict(x), rtol=1e-6, atol=1e-6)


def test_no_environment_was_made(models):
    logs = requests.get(f"{URL}/api/2.0/serving-endpoints/onnx-linear", timeout=60).json()
    assert logs["state"]["ready"] == "READY"
    found = requests.get(f"{URL}/api/slipway/v1/events", timeout=60).json()
    prepared = [
        event["data"]["model"]
        for event in found["events"]
        if event["type"] in ("ScorerRequested", "ScorerPrepared")
    ]
    assert not [model for model in prepared if model.startswith("onnx-")]
