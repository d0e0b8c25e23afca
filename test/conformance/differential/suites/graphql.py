"""GraphQL: the interface's queries with other fields, inputs, variables and shapes."""

import json
import time

API = "/api/2.0/mlflow"
EXPERIMENT = ["experimentId", "name", "artifactLocation", "lifecycleStage", "tags { key value }", "creationTime", "lastUpdateTime", "__typename", "nothing", "tags", "name { x }"]
INFO = ["runUuid", "runId", "runName", "status", "startTime", "endTime", "experimentId", "userId", "artifactUri", "lifecycleStage", "__typename", "nothing"]
DATA = ["metrics { key value step timestamp }", "params { key value }", "tags { key value }", "metrics { key modelId runId }"]
RUN = ["experiment { name }", "modelVersions { name version }", "inputs { datasetInputs { tags { key } } modelInputs { modelId } }", "outputs { modelOutputs { modelId step } }"]


KIND = "kind name ofType { kind name ofType { kind name } }"
SCHEMA = f"{{ __schema {{ queryType {{ name }} mutationType {{ name }} subscriptionType {{ name }} types {{ kind name description fields {{ name description args {{ name defaultValue type {{ {KIND} }} }} type {{ {KIND} }} }} inputFields {{ name defaultValue type {{ {KIND} }} }} enumValues {{ name description isDeprecated }} }} }} }}"


def some(draw, fields, odd=0.15):
    usual = [one for one in fields if one not in ("nothing", "tags", "name { x }")]
    chosen = draw.sample(usual, draw.randint(1, min(4, len(usual))))
    if draw.random() < odd:
        chosen.append(draw.choice(["nothing", fields[-1], "__typename", f"again: {usual[0]}", f"... on X {{ {usual[0]} }}"]))
    return " ".join(chosen)


def run_fields(draw):
    return f"info {{ {some(draw, INFO)} }} data {{ {some(draw, DATA, 0)} }} {some(draw, RUN, 0.05)}"


def run(pair, draw, cases, until):
    experiment = pair.make("gexp", lambda answer: answer["experiment_id"], "POST", f"{API}/experiments/create", body={"name": f"graphql {draw.random()}", "tags": [{"key": "a", "value": "b"}]})
    pick = lambda answer: answer["run"]["info"]["run_id"]
    run_id = pair.make("grun", pick, "POST", f"{API}/runs/create", body={"experiment_id": experiment, "start_time": 7, "run_name": "r"})
    metrics = [{"key": "m", "value": v, "timestamp": 5, "step": i} for i, v in enumerate([1, "NaN", 0.5, "Infinity"])]
    pair.check("POST", f"{API}/runs/log-batch", body={"run_id": run_id, "metrics": metrics, "params": [{"key": "p", "value": "1"}]})
    schema(pair)
    for _ in range(cases):
        if time.monotonic() > until:
            return
        kind = draw.choice([get_experiment, get_run, search_runs, history, artifacts, versions, shapes])
        send(pair, kind.__name__, *kind(draw, experiment, run_id), draw)


def schema(pair):
    answers = pair.both("POST", "/graphql", body={"query": SCHEMA})
    for answer in answers:
        # What describes schemas is of each library, in its words.
        whole = answer.body["data"]["__schema"]
        whole["types"] = [one for one in whole["types"] if not one["name"].startswith("__")]
    pair.report.case("graphql schema", "POST", "/graphql", {}, *answers)


def send(pair, kind, query, variables, draw):
    body = {"query": query, **({"variables": variables} if variables is not None else {})}
    if draw.random() < 0.05:
        body |= draw.choice([{"operationName": "Q"}, {"operationName": "x"}, {"variables": "x"}, {"query": None}, {"query": 5}])
    answers = pair.both("POST", "/graphql", body=body)
    for answer in answers:
        if isinstance(answer.body, dict) and answer.body.get("errors"):
            # Every library words what is wrong with a query in its own way.
            answer.body = {**answer.body, "errors": "some"}
    pair.report.case(f"graphql {kind}", "POST", "/graphql", {"body": body}, *answers)


def get_experiment(draw, experiment, run_id):
    chosen = draw.choice([experiment, experiment, "999999", "", "x"])
    fields = some(draw, EXPERIMENT)
    if draw.random() < 0.5:
        query = f"query Q($input: MlflowGetExperimentInput!) {{ mlflowGetExperiment(input: $input) {{ apiError {{ code message }} experiment {{ {fields} }} }} }}"
        return query, draw.choice([{"input": {"experimentId": chosen}}, {"input": {"experimentId": chosen}}, {"input": {}}, {}, {"input": {"nothing": 1}}, {"input": None}, {"input": {"experimentId": 5}}])
    return f'query {{ mlflowGetExperiment(input: {{experimentId: {json.dumps(chosen)}}}) {{ apiError {{ code message helpUrl }} experiment {{ {fields} }} }} }}', None


def get_run(draw, experiment, run_id):
    chosen = draw.choice([run_id, run_id, "0" * 32, ""])
    query = f"query Q($data: MlflowGetRunInput!) {{ mlflowGetRun(input: $data) {{ apiError {{ helpUrl code message }} run {{ {run_fields(draw)} }} }} }}"
    return query, {"data": draw.choice([{"runId": chosen}, {"runId": chosen}, {"runUuid": chosen}])}


def search_runs(draw, experiment, run_id):
    data = {"experimentIds": draw.choice([[experiment], [experiment], [], ["999999"], experiment])}
    if draw.random() < 0.5:
        data |= draw.choice([{"filter": "params.p = '1'"}, {"filter": "nonsense"}, {"runViewType": "ALL"}, {"runViewType": "x"}, {"maxResults": 1}, {"maxResults": "5"}, {"maxResults": 0}, {"maxResults": -1}, {"orderBy": ["metrics.m DESC"]}, {"orderBy": "metrics.m"}, {"pageToken": "x"}])
    kind = draw.choice(["query", "mutation"])
    return f"{kind} Q($data: MlflowSearchRunsInput!) {{ mlflowSearchRuns(input: $data) {{ apiError {{ code message }} runs {{ {run_fields(draw)} }} nextPageToken }} }}", {"data": data}


def history(draw, experiment, run_id):
    data = {"runIds": draw.choice([[run_id], [run_id, run_id], [], ["0" * 32]]), "metricKey": draw.choice(["m", "m", "none", ""])}
    if draw.random() < 0.5:
        data |= draw.choice([{"startStep": 0, "endStep": 2}, {"startStep": "1", "endStep": "9007199254740993"}, {"startStep": 5}, {"startStep": 5, "endStep": 1}, {"maxResults": 1}, {"maxResults": 0}, {"maxResults": 2501}])
    return "query Q($data: MlflowGetMetricHistoryBulkIntervalInput!) { mlflowGetMetricHistoryBulkInterval(input: $data) { metrics { timestamp step runId key value } apiError { code message } } }", {"data": data}


def artifacts(draw, experiment, run_id):
    data = {"runId": draw.choice([run_id, "0" * 32]), **draw.choice([{}, {"path": "a"}, {"path": ".."}, {"path": ""}])}
    return "query Q($data: MlflowListArtifactsInput!) { mlflowListArtifacts(input: $data) { rootUri files { path isDir fileSize } nextPageToken apiError { code message } } }", {"data": data}


def versions(draw, experiment, run_id):
    data = draw.choice([{"filter": "name = 'none'"}, {"filter": "nonsense"}, {"filter": "name = 'none'", "maxResults": 5}, {"filter": "name = 'none'", "orderBy": ["x"]}])
    return "query Q($data: MlflowSearchModelVersionsInput!) { mlflowSearchModelVersions(input: $data) { modelVersions { name version creationTimestamp tags { key value } aliases } nextPageToken apiError { code message } } }", {"data": data}


def shapes(draw, experiment, run_id):
    return draw.choice([
        "", " ", "{", "{ }", "query { }", "nonsense", "{ nothing }", "{ __typename }", "mutation { __typename }", "subscription { x }",
        '{ test(inputString: "a") { output } }', "{ test { output } }", 'mutation { testMutation(inputString: "b") { output } }',
        '{ a: test(inputString: "a") { output } b: test(inputString: "b") { output } }', '{ test(inputString: "a") { output } test(inputString: "b") { output } }',
        '{ test(inputString: 5) { output } }', '{ test(inputString: "a") { ...F } } fragment F on Test { output }', '{ test(inputString: "a") { ...F } }', '{ test(inputString: "a") { output @skip(if: true) } }', '{ test(inputString: "a") { output @include(if: true) } }', '{ test(inputString: "a") { output @x } }',
        'query A { test(inputString: "a") { output } } query B { __typename }', "{ __schema { queryType { name } } }", '{ __type(name: "Test") { name kind } }',
        "query Q { ...F } fragment F on Query { __typename " + "".join(f'a{i}: test(inputString: "{i}") {{ output }} ' for i in range(draw.choice([9, 10]))) + "}",
        "query A { " + "".join(f"a{i}: __typename " for i in range(6)) + "} query B { " + "".join(f"b{i}: __typename " for i in range(draw.choice([4, 5]))) + "}",
        '{ ... on Query { test(inputString: "a") { output } } }', '{ test(inputString: "a") { output output } test(inputString: "a") { o: output } }', '{ a: test(inputString: "a") { output } a: test(inputString: "b") { output } }',
        f'{{ mlflowGetExperiment(input: {{experimentId: "{experiment}", experimentId: "0"}}) {{ experiment {{ name }} }} }}', "query ($x: String = \"d\") { test(inputString: $x) { output } }", "query ($x: String!) { test(inputString: $x) { output } }", "query ($x: Int) { test(inputString: $x) { output } }", "query ($x: String, $y: String) { test(inputString: $x) { output } }", "query ($x: Nothing) { test(inputString: $x) { output } }",
        "{" + "".join(f'a{i}: test(inputString: "{i}") {{ output }} ' for i in range(11)) + "}", "{" + "a{" * 12 + "b" + "}" * 12 + "}", "# only a comment", '{ test(inputString: "\\u00e4 \\n") { output } }', '{ test(inputString: """block "x" """) { output } }',
        f'mutation {{ mlflowSearchDatasets(input: {{experimentIds: ["{experiment}"]}}) {{ datasetSummaries {{ name digest }} apiError {{ code message }} }} }}',
    ]), draw.choice([None, {}, {"x": 1}])
