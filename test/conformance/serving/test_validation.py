"""Models in Python are judged by the scores that MLflow gives them, and promoted by them."""

import os
import time

import mlflow
import requests
from conftest import REQUIREMENTS
from mlflow.models import infer_signature
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import roc_auc_score

URL = os.environ["SLIPWAY_URL"]
OWN = f"{URL}/api/slipway/v1/models/judged"

# An environment that nobody has built yet takes minutes.
ATTEMPTS = 1200


def until(look):
    for _ in range(ATTEMPTS):
        if (found := look()) is not None:
            return found
        time.sleep(1)
    raise AssertionError("not in time")


def register(x, late, held_out, columns):
    """A classifier that looks at some columns only, and what scikit-learn says of it."""
    classifier = GradientBoostingClassifier(n_estimators=20).fit(x[columns], late)
    with mlflow.start_run():
        mlflow.log_text(held_out.to_csv(index=False), "evaluation/rows.csv")
        mlflow.sklearn.log_model(
            classifier,
            name="model",
            registered_model_name="judged",
            pyfunc_predict_fn="predict_proba",
            signature=infer_signature(x[columns], classifier.predict_proba(x[columns])),
            serialization_format="cloudpickle",
            pip_requirements=REQUIREMENTS,
        )
    scores = classifier.predict_proba(held_out[columns])[:, 1]
    return roc_auc_score(held_out.late, scores)


def verdict(version):
    answer = requests.get(f"{OWN}/versions/{version}/validation", timeout=60)
    return answer.json() if answer.ok and answer.json()["status"] != "PENDING" else None


def decision(version):
    found = requests.get(f"{OWN}/promotions", timeout=60).json()["promotions"]
    ended = [one for one in found if one["challenger"] == version and one["status"] == "DECIDED"]
    return ended[0] if ended else None


def test_a_sklearn_model_is_validated_and_promoted(data, logged):
    x, y = data
    late = (y > 0).astype(int)
    held_out = x.tail(150).assign(late=late.tail(150))
    x, late = x.head(150), late.head(150)
    policy = {
        "validation": {
            "mode": "enabled",
            "evaluation_data": {"path": "run:/evaluation/rows.csv", "label": "late"},
            "thresholds": [{"metric": "roc_auc", "min": 0.4}],
            "slices": [{"name": "positive d", "where": "d > 0", "metric": "roc_auc", "min": 0.4}],
            "latency_p95_ms": 60000,
        },
        "promotion": {"mode": "auto", "metric": "roc_auc", "test": "delong"},
    }
    requests.put(f"{OWN}/policy", json=policy, timeout=60).raise_for_status()

    areas = [register(x, late, held_out, ["c", "d"])]
    assert until(lambda: decision("1"))["verdict"] == "promoted"
    areas.append(register(x, late, held_out, ["a", "b", "c", "d"]))
    for version, area in zip(("1", "2"), areas):
        found = until(lambda: verdict(version))
        assert found["status"] == "PASSED", found
        assert found["checks"][0]["message"] == "python_function, sklearn: loaded in Python"
        [whole] = [one for one in found["checks"] if one["name"] == "roc_auc" and not one.get("slice")]
        assert abs(whole["measured"] - area) < 1e-9
    decided = until(lambda: decision("2"))
    assert (decided["verdict"], decided["champion"]) == ("promoted", "1"), decided
    compared = decided["evidence"]["comparison"]
    assert abs(compared["challenger"] - areas[1]) < 1e-9
    assert abs(compared["champion"] - areas[0]) < 1e-9
