"""Checks the built-in trainer against scikit-learn and LightGBM, and its ONNX against onnxruntime.

A check passes when the figure is no worse than the better of the peers by more than the margin.
Last line: "N passed, N failed".
"""

import json
import pathlib
import sys

import lightgbm
import numpy as np
import onnxruntime
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import log_loss, r2_score, roc_auc_score

AUC_MARGIN = 0.003
R2_MARGIN = 0.005
LOG_LOSS_MARGIN = 0.003
ONNX_TOLERANCE = {"binary": 2e-6, "regression": 2e-5}

folder = pathlib.Path(sys.argv[1])
results = []


def check(name, passed, detail):
    results.append(passed)
    print(f"{'ok' if passed else 'failed: gbdt:'} {name}: {detail}")


def peers(objective, train, test, settings):
    features = [name for name in train.columns if name != "label"]
    trees, rate, leaves = settings["trees"], settings["learning_rate"], settings["max_leaves"]
    binary = objective == "binary"
    hist = (HistGradientBoostingClassifier if binary else HistGradientBoostingRegressor)(
        max_iter=trees,
        learning_rate=rate,
        max_leaf_nodes=leaves,
        categorical_features="from_dtype",
        early_stopping=False,
    )
    light = (lightgbm.LGBMClassifier if binary else lightgbm.LGBMRegressor)(
        n_estimators=trees, learning_rate=rate, num_leaves=leaves, num_threads=2, verbose=-1
    )
    for name, model in [("scikit-learn", hist), ("LightGBM", light)]:
        model.fit(train[features], train.label)
        if binary:
            yield name, model.predict_proba(test[features])[:, 1]
        else:
            yield name, model.predict(test[features])


def compare(name, metric, own, others, margin, higher_is_better=True):
    best = max(others.values()) if higher_is_better else min(others.values())
    behind = best - own if higher_is_better else own - best
    detail = ", ".join(f"{peer} {value:.5f}" for peer, value in others.items())
    check(f"{name} {metric}", behind <= margin, f"own {own:.5f}, {detail}")


def run_onnx(path, rows):
    session = onnxruntime.InferenceSession(path)
    feed = {}
    for entry in session.get_inputs():
        column = rows[entry.name]
        if "string" in entry.type:
            feed[entry.name] = column.astype(object).where(column.notna(), "").to_numpy()[:, None]
        else:
            feed[entry.name] = column.to_numpy(dtype=np.float32)[:, None]
    return session.run(None, feed)[0][:, -1]


for objective in ["binary", "regression"]:
    here = folder / objective
    train, test = (pd.read_parquet(here / f"{part}.parquet") for part in ["train", "test"])
    report = json.loads((here / "report.json").read_text())
    own = np.array(report["predictions"])
    difference = np.abs(run_onnx(here / "model.onnx", test) - own).max()
    tolerance = ONNX_TOLERANCE[objective]
    check(f"{objective} ONNX", difference <= tolerance, f"largest difference {difference:.2e}")
    for part in [train, test]:
        for column in part.columns[part.dtypes != float]:
            part[column] = pd.Categorical(part[column], categories=sorted(train[column].unique()))
    predictions = dict(peers(objective, train, test, report["settings"]))
    measures = (
        [("AUC", roc_auc_score, AUC_MARGIN, True), ("log loss", log_loss, LOG_LOSS_MARGIN, False)]
        if objective == "binary"
        else [("R2", r2_score, R2_MARGIN, True)]
    )
    for metric, measure, margin, higher in measures:
        others = {peer: measure(test.label, values) for peer, values in predictions.items()}
        compare(objective, metric, measure(test.label, own), others, margin, higher)

print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
sys.exit(0 if all(results) else 1)
