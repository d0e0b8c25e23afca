"""Predictions through an endpoint are Python's; the SDK works unmodified."""

import json
import os
import re
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import requests
from conftest import WAIT, config, entity
from databricks.sdk.errors import InvalidParameterValue, NotFound, NotImplemented
from databricks.sdk.service.serving import (
    AiGatewayConfig,
    AiGatewayUsageTrackingConfig,
    DataframeSplitInput,
    EmailNotifications,
    EndpointCoreConfigInput,
    EndpointStateConfigUpdate,
    EndpointStateReady,
    EndpointTag,
    FallbackConfig,
    PtEndpointCoreConfig,
    PtServedModel,
    RateLimit,
    RateLimitKey,
    RateLimitRenewalPeriod,
    Route,
    ServedModelInput,
    ServingEndpointAccessControlRequest,
    ServingEndpointPermissionLevel,
    TelemetryConfig,
    TelemetryInferenceTableConfig,
    TrafficConfig,
)

URL = os.environ["SLIPWAY_URL"]

# Looks, five a second, at what comes later: two minutes of a busy machine.
ATTEMPTS = 600


def invoke(name, body, content_type="application/json"):
    data = body if isinstance(body, str) else json.dumps(body)
    return requests.post(
        f"{URL}/serving-endpoints/{name}/invocations",
        data=data,
        headers={"content-type": content_type},
        timeout=60,
    )


def predictions(name, body, **more):
    answer = invoke(name, body, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()["predictions"]


def by_columns(rows):
    return {name: rows[name].tolist() for name in rows.columns}


@pytest.mark.parametrize("name", ["lightgbm", "sklearn"])
def test_predictions_equal_python_in_every_format(served, logged, rows, name):
    expected = logged[name]
    for body in (
        {"dataframe_split": rows.to_dict(orient="split")},
        {"dataframe_records": rows.to_dict(orient="records")},
        {"inputs": by_columns(rows)},
        {"instances": rows.to_dict(orient="records")},
    ):
        np.testing.assert_allclose(predictions(name, body), expected, rtol=0, atol=1e-6)
    csv = predictions(name, rows.to_csv(index=False), content_type="text/csv")
    np.testing.assert_allclose(csv, expected, rtol=0, atol=1e-6)


def test_an_onnx_model_predicts_as_in_python(served, logged, rows):
    body = {"inputs": {"X": rows.to_numpy(np.float32).tolist()}}
    answer = np.asarray(predictions("onnx", body)["variable"]).reshape(-1)
    np.testing.assert_allclose(answer, logged["onnx"], rtol=1e-6, atol=1e-6)


def test_records_and_parameters_pass_through(served, rows):
    records = rows.head(2).to_dict(orient="records")
    plain = predictions("pyfunc", {"dataframe_records": records})
    assert [set(one) for one in plain] == [{"fraud_probability", "label"}] * 2
    doubled = predictions("pyfunc", {"dataframe_records": records, "params": {"factor": 2.0}})
    assert doubled[0]["fraud_probability"] == 2 * plain[0]["fraud_probability"]


def test_tensors_pass_through(served):
    tensor = [[[1, 2, 3], [4, 5, 6]], [[1, 1, 1], [0, 0, 0]]]
    assert predictions("tensor", {"instances": tensor}) == [[6, 15], [3, 0]]
    assert predictions("tensor", {"inputs": tensor}) == [[6, 15], [3, 0]]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"dataframe_records": [{"a": 1.0}]}, "Model is missing inputs"),
        ({"dataframe_records": [{"a": "x", "b": 1, "c": 1, "d": 1}]}, "could not convert"),
        ({"rows": [[1, 2, 3, 4]]}, "exactly one of the input fields"),
        ({"instances": [], "inputs": []}, "exactly one of the input fields"),
        ({"dataframe_split": {"columns": ["a"], "data": [[1, 2]]}}, "Provided dataframe_split field is not a valid"),
        ([1, 2], "Received a list"),
    ],
)
def test_what_mlflow_refuses_is_refused_with_its_message(served, body, message):
    answer = invoke("lightgbm", body)
    assert answer.status_code == 400
    assert message in answer.json()["message"]


def test_values_without_a_place_in_json_are_null(served):
    assert predictions("moody", {"dataframe_records": [{"mood": "nan"}]}) == [None, None, 1.5]


@pytest.mark.parametrize(
    ("mood", "status", "message"),
    [
        ("throw", 400, "ValueError: not today"),
        ("end", 500, "process ended"),
        ("grow", 400, "MemoryError"),
        ("hang", 504, "did not answer in time"),
    ],
)
def test_a_model_that_fails_hurts_one_request(served, mood, status, message):
    bad = {"dataframe_records": [{"mood": mood}]}
    good = {"dataframe_records": [{"mood": "fine"}]}
    with ThreadPoolExecutor() as pool:
        broken = pool.submit(invoke, "moody", bad)
        assert invoke("moody", good).status_code == 200
        answer = broken.result()
    assert answer.status_code == status, answer.text
    assert message in answer.json()["message"]
    assert invoke("moody", good).status_code == 200


def test_a_model_that_raises_is_stood_in_for_and_a_broken_signature_is_not(w, served):
    """MLflow answers both with 400; only the first is the version's own failure."""
    name = "fallback"
    entities = [entity("moody", name="moody"), entity("calm", name="calm")]
    routes = [Route(served_model_name=one.name, traffic_percentage=50) for one in entities]
    whole = config(*entities)
    whole.traffic_config = TrafficConfig(routes=routes)
    w.serving_endpoints.create_and_wait(name=name, config=whole, timeout=WAIT)
    raising, unreadable = {"dataframe_records": [{"mood": "throw"}]}, {"dataframe_records": 7}
    statuses = {invoke(name, raising).status_code for _ in range(30)}
    assert statuses == {200, 400}
    w.serving_endpoints.put_ai_gateway(name, fallback_config=FallbackConfig(enabled=True))
    for _ in range(ATTEMPTS):
        answers = [invoke(name, raising) for _ in range(30)]
        if all(answer.ok for answer in answers):
            break
        time.sleep(0.2)
    assert {answer.headers["served-model-name"] for answer in answers} == {"calm"}
    assert {invoke(name, unreadable).status_code for _ in range(30)} == {400}
    for _ in range(ATTEMPTS):
        kinds = {key: number for key, number in counted(w, name).items() if key[0] == "moody"}
        if kinds.get(("moody", "model_error_count")) and kinds.get(("moody", "fallback_count")):
            break
        time.sleep(0.2)
    assert 0 < kinds["moody", "model_error_count"] < kinds["moody", "4xx_count"]
    w.serving_endpoints.delete(name)


def test_the_sdk_queries_and_reads_back(w, served, logged, rows):
    endpoint = served["lightgbm"]
    assert endpoint.state.ready == EndpointStateReady.READY
    assert endpoint.state.config_update == EndpointStateConfigUpdate.NOT_UPDATING
    answer = w.serving_endpoints.query("lightgbm", dataframe_records=rows.to_dict(orient="records"))
    np.testing.assert_allclose(answer.predictions, logged["lightgbm"], atol=1e-6)
    assert answer.served_model_name == "lightgbm-1"
    assert "lightgbm" in [one.name for one in w.serving_endpoints.list()]


def test_the_sdk_changes_configurations_tags_and_deletes(w, served, logged):
    name = "changing"
    w.serving_endpoints.create_and_wait(name=name, config=config(entity("sklearn")), timeout=WAIT)
    changed = w.serving_endpoints.update_config_and_wait(
        name, served_entities=[entity("lightgbm", name="other")], timeout=WAIT
    )
    assert changed.config.served_entities[0].name == "other"
    assert w.serving_endpoints.get(name).config.config_version == 2
    tags = w.serving_endpoints.patch(
        name, add_tags=[EndpointTag(key="k", value="v")], delete_tags=["absent"]
    )
    assert [(tag.key, tag.value) for tag in tags.tags] == [("k", "v")]
    w.serving_endpoints.delete(name)
    with pytest.raises(NotFound):
        w.serving_endpoints.get(name)


def test_the_sdk_says_who_is_told_of_updates(w):
    name, nobody = "told", EmailNotifications(on_update_failure=[], on_update_success=[])
    wanted = EmailNotifications(on_update_failure=["ana@example.com"])
    # It waits for its alias: nothing has to be brought up.
    waiting = config(entity("absent", "@champion"))
    w.serving_endpoints.create(name=name, config=waiting, email_notifications=wanted)
    assert w.serving_endpoints.get(name).email_notifications == wanted
    other = EmailNotifications(on_update_success=["ben@example.com", "group:ml"])
    changed = w.serving_endpoints.update_notifications(name, email_notifications=other)
    assert (changed.name, changed.email_notifications) == (name, other)
    assert w.serving_endpoints.get(name).email_notifications == other
    w.serving_endpoints.update_notifications(name, email_notifications=nobody)
    kept = w.serving_endpoints.get(name).email_notifications
    assert not kept.on_update_failure and not kept.on_update_success
    with pytest.raises(InvalidParameterValue):
        w.serving_endpoints.update_notifications(
            name, email_notifications=EmailNotifications(on_update_failure=[""])
        )
    w.serving_endpoints.delete(name)
    with pytest.raises(NotFound):
        w.serving_endpoints.update_notifications(name, email_notifications=wanted)


def test_the_sdk_exports_metrics(w, served, rows):
    predictions("lightgbm", {"dataframe_records": rows.to_dict(orient="records")})
    for _ in range(ATTEMPTS):
        text = w.serving_endpoints.export_metrics("lightgbm").contents.read().decode()
        if 'request_count_total{endpoint_name="lightgbm",served_entity_name="lightgbm-1"}' in text:
            break
        time.sleep(0.2)
    else:
        pytest.fail(text)
    assert 'request_latency_ms_bucket{endpoint_name="lightgbm"' in text


def test_the_sdk_reads_logs(w, served):
    predictions("moody", {"dataframe_records": [{"mood": "fine"}]})
    assert "in a good mood" in w.serving_endpoints.logs("moody", "moody-1").logs
    assert "environment" in w.serving_endpoints.build_logs("moody", "moody-1").logs


def test_a_model_that_cannot_be_installed_says_why(w, logged):
    with pytest.raises(Exception) as raised:
        w.serving_endpoints.create_and_wait(
            name="impossible", config=config(entity("impossible")), timeout=WAIT
        )
    assert "UPDATE_FAILED" in str(raised.value)
    endpoint = w.serving_endpoints.get("impossible")
    assert endpoint.state.ready == EndpointStateReady.NOT_READY
    state = endpoint.pending_config.served_entities[0].state
    assert state.deployment.value == "DEPLOYMENT_FAILED"
    assert "mlflow==0.0.0" in state.deployment_state_message
    assert "No solution found" in w.serving_endpoints.build_logs("impossible", "impossible-1").logs
    refused = invoke("impossible", {"instances": [1]})
    assert refused.status_code == 503
    assert "FAILED" in refused.json()["message"]


def counted(w, name):
    """Requests of an endpoint by served entity and kind, as its metrics count them."""
    text = w.serving_endpoints.export_metrics(name).contents.read().decode()
    found = re.findall(r'request_(count|\w+_count)_total\{.*served_entity_name="(.*?)"\} (\d+)', text)
    return {(entity, kind): int(number) for kind, entity, number in found}


def test_a_killed_process_of_a_model_under_load_loses_no_answer_and_no_row(w, served):
    """Every request that was answered is in the log, with what it was answered, and only those."""
    body = {"dataframe_records": [{"mood": "fine"}]}
    before, answers, killed, stopped = counted(w, "moody"), [], set(), threading.Event()

    def ask():
        while not stopped.is_set():
            answers.append(invoke("moody", body))

    with ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            pool.submit(ask)
        try:
            for _ in range(3):
                pid = None
                while pid is None:
                    answer = invoke("moody", body)
                    answers.append(answer)
                    pid = int(answer.json()["predictions"][0]) if answer.ok else None
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
                # However long the next process takes to come up: it answers for a while.
                enough = sum(answer.ok for answer in answers) + 50
                for _ in range(ATTEMPTS):
                    if sum(answer.ok for answer in answers) >= enough:
                        break
                    time.sleep(0.2)
        finally:
            stopped.set()
    assert {answer.status_code for answer in answers} <= {200, 500, 503}
    assert {answer.headers.get("slipway-model-version") for answer in answers if answer.ok} == {"1"}
    good = sum(answer.ok for answer in answers)
    # One that is killed between two requests costs none.
    assert len(answers) - good < good
    assert len(killed) == 3
    assert killed < {int(answer.json()["predictions"][0]) for answer in answers if answer.ok}
    expected = {("moody-1", "count"): len(answers), ("moody-1", "5xx_count"): len(answers) - good}
    for _ in range(ATTEMPTS):
        after = counted(w, "moody")
        new = {key: after.get(key, 0) - before.get(key, 0) for key in expected}
        if new == expected:
            break
        time.sleep(0.2)
    assert new == expected


def test_the_sdk_queries_in_every_format(w, served, logged, rows):
    expected = logged["lightgbm"]
    split = DataframeSplitInput(columns=list(rows.columns), data=rows.to_numpy().tolist())
    for query in (
        {"dataframe_split": split},
        {"dataframe_records": rows.to_dict(orient="records")},
        {"inputs": by_columns(rows)},
        {"instances": rows.to_dict(orient="records")},
    ):
        answer = w.serving_endpoints.query("lightgbm", **query)
        np.testing.assert_allclose(answer.predictions, expected, atol=1e-6)


def test_the_sdk_reads_the_openapi_document(w, served, rows):
    document = json.loads(w.serving_endpoints.get_open_api("lightgbm").contents.read())
    [(path, item)] = document["paths"].items()
    assert path == "/served-models/lightgbm-1/invocations"
    formats = item["post"]["requestBody"]["content"]["application/json"]["schema"]["oneOf"]
    [records] = [one for one in formats if "dataframe_records" in one["properties"]]
    row = records["properties"]["dataframe_records"]["items"]
    assert list(row["properties"]) == list(rows.columns)


def test_the_sdk_changes_settings_and_permissions(w, served):
    name, id = "sklearn", served["sklearn"].id
    minute = RateLimitRenewalPeriod.MINUTE
    limit = RateLimit(calls=100000, key=RateLimitKey.USER, renewal_period=minute)
    assert w.serving_endpoints.put(name, rate_limits=[limit]).rate_limits == [limit]
    w.serving_endpoints.put(name, rate_limits=[])
    telemetry = TelemetryConfig(
        inference_table_config=TelemetryInferenceTableConfig(sampling_fraction=1.0)
    )
    changed = w.serving_endpoints.patch_telemetry_config(name, telemetry_config=telemetry)
    assert changed.telemetry_config == telemetry
    assert w.serving_endpoints.patch_telemetry_config(name).telemetry_config is None
    gateway = w.serving_endpoints.put_ai_gateway(
        name,
        fallback_config=FallbackConfig(enabled=True),
        usage_tracking_config=AiGatewayUsageTrackingConfig(enabled=True),
    )
    assert gateway.fallback_config.enabled
    described = w.serving_endpoints.get(name).ai_gateway
    assert isinstance(described, AiGatewayConfig) and described.fallback_config.enabled

    query, manage = ServingEndpointPermissionLevel.CAN_QUERY, ServingEndpointPermissionLevel.CAN_MANAGE
    levels = w.serving_endpoints.get_permission_levels(id).permission_levels
    assert {query, manage} <= {one.permission_level for one in levels}
    ana = ServingEndpointAccessControlRequest(user_name="ana", permission_level=query)
    ben = ServingEndpointAccessControlRequest(user_name="ben", permission_level=manage)
    w.serving_endpoints.set_permissions(id, access_control_list=[ana])
    w.serving_endpoints.update_permissions(id, access_control_list=[ben])
    given = {
        one.user_name: one.all_permissions[0].permission_level
        for one in w.serving_endpoints.get_permissions(id).access_control_list
        if one.user_name in ("ana", "ben")
    }
    assert given == {"ana": query, "ben": manage}


def test_the_sdk_shares_traffic_among_models_of_the_old_names(w, served):
    name = "shared"
    models = [
        ServedModelInput(
            name=f"part-{version}",
            model_name="lightgbm",
            model_version="1",
            scale_to_zero_enabled=True,
            workload_size=size,
        )
        for version, size in (("a", "Small"), ("b", "Medium"))
    ]
    routes = [Route(served_model_name=one.name, traffic_percentage=50) for one in models]
    w.serving_endpoints.create_and_wait(
        name=name, config=config(entity("lightgbm", name="first")), timeout=WAIT
    )
    changed = w.serving_endpoints.update_config_and_wait(
        name, served_models=models, traffic_config=TrafficConfig(routes=routes), timeout=WAIT
    )
    assert [one.name for one in changed.config.served_models] == ["part-a", "part-b"]
    nobody = TrafficConfig(routes=[Route(served_model_name="nobody", traffic_percentage=100)])
    with pytest.raises(InvalidParameterValue, match="the names are 'part-a', 'part-b'"):
        w.serving_endpoints.update_config(name, served_models=models, traffic_config=nobody)
    w.serving_endpoints.delete(name)


def test_what_is_not_served_here_is_refused_by_name(w):
    foundation = PtServedModel(entity_name="llama", entity_version="1", provisioned_model_units=50)
    with pytest.raises(NotImplemented, match="Provisioned throughput is not served here"):
        w.serving_endpoints.create_provisioned_throughput_endpoint(
            name="pt", config=PtEndpointCoreConfig(served_entities=[foundation])
        )
    secret = entity("lightgbm", environment_vars={"KEY": "{{secrets/scope/key}}"})
    with pytest.raises(InvalidParameterValue, match="'KEY' refers to a secret, and secrets are not resolved"):
        w.serving_endpoints.create(name="secret", config=config(secret))


def test_a_python_model_finds_the_variables_of_its_entity(w, logged):
    name = "told"

    def given(mode):
        entities = [
            entity("told", name="one", environment_vars={"MODE": mode}),
            entity("told", name="other", environment_vars={"MODE": "other"}),
            entity("told", name="none"),
        ]
        routes = [
            Route(served_model_name=one.name, traffic_percentage=share)
            for one, share in zip(entities, (40, 30, 30))
        ]
        return {"served_entities": entities, "traffic_config": TrafficConfig(routes=routes)}

    def answers():
        """What each entity says, without the process that says it, and those processes."""
        said = {}
        for one in ("one", "other", "none"):
            answer = requests.post(
                f"{URL}/serving-endpoints/{name}/served-models/{one}/invocations",
                json={"dataframe_records": [{"a": 1}]},
                timeout=60,
            )
            assert answer.status_code == 200, answer.text
            said[one] = answer.json()["predictions"][0].rsplit(" ", 1)
        return {one: text for one, (text, _) in said.items()}, {pid for _, pid in said.values()}

    created = w.serving_endpoints.create_and_wait(
        name=name, config=EndpointCoreConfigInput(name="ignored", **given("first")), timeout=WAIT
    )
    shown = {one.name: one.environment_vars for one in created.config.served_entities}
    assert shown == {"one": {"MODE": "first"}, "other": {"MODE": "other"}, "none": None}
    texts, processes = answers()
    assert texts == {"one": "first first", "other": "other other", "none": "None None"}
    assert len(processes) == 3

    w.serving_endpoints.update_config_and_wait(name, **given("second"), timeout=WAIT)
    for _ in range(ATTEMPTS):
        if answers()[0]["one"] == "second second":
            break
        time.sleep(0.2)
    assert answers()[0] == {**texts, "one": "second second"}
    assert w.serving_endpoints.get(name).config.served_entities[0].environment_vars == {"MODE": "second"}
    w.serving_endpoints.delete(name)
