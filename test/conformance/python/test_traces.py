"""Traces, as every client since 2.14 records them: by the older endpoints and a file, or by OpenTelemetry."""

import mlflow
import pytest


@mlflow.trace(span_type="TOOL", attributes={"source": "atlas"})
def look_up(city):
    return {"country": "France", "city": city}


@mlflow.trace
def answer(question):
    if "?" not in question:
        raise ValueError("That is no question")
    return look_up("Paris")["country"]


@pytest.fixture
def experiment(client, monkeypatch):
    monkeypatch.setenv("MLFLOW_ENABLE_ASYNC_TRACE_LOGGING", "false")
    return mlflow.set_experiment("questions").experiment_id


def flush():
    # Newer clients log in the background whatever they are told.
    if hasattr(mlflow, "flush_trace_async_logging"):
        try:
            mlflow.flush_trace_async_logging()
        except Exception:  # 2.x has nothing to flush when it does not log in the background.
            pass


def trace_id(trace):
    return getattr(trace.info, "trace_id", None) or trace.info.request_id


def test_a_traced_call_is_found_and_read(client, experiment):
    assert answer("Where is Paris?") == "France"
    flush()
    [found] = client.search_traces([experiment])
    trace = client.get_trace(trace_id(found))
    spans = {span.name: span for span in trace.data.spans}
    assert set(spans) == {"answer", "look_up"}
    assert spans["look_up"].parent_id == spans["answer"].span_id
    assert spans["look_up"].inputs == {"city": "Paris"}
    assert spans["look_up"].outputs == {"country": "France", "city": "Paris"}
    assert spans["look_up"].get_attribute("source") == "atlas"
    assert trace.info.status == "OK"


def test_a_failed_call_is_found_by_its_status(client, experiment):
    answer("Where is Rome?")
    with pytest.raises(ValueError, match="no question"):
        answer("Rome")
    flush()
    [failed] = client.search_traces([experiment], filter_string="status = 'ERROR'")
    trace = client.get_trace(trace_id(failed))
    [root] = [span for span in trace.data.spans if span.parent_id is None]
    assert root.status.status_code == "ERROR"
    assert any("no question" in str(event.attributes) for event in root.events)


def test_tags_pages_and_deletion(client, experiment):
    for i in range(5):
        answer(f"Question {i}?")
    flush()
    page = client.search_traces([experiment], max_results=3)
    rest = client.search_traces([experiment], max_results=3, page_token=page.token)
    ids = [trace_id(trace) for trace in [*page, *rest]]
    assert len(set(ids)) == 5
    client.set_trace_tag(ids[0], "review", "good")
    [tagged] = client.search_traces([experiment], filter_string="tags.review = 'good'")
    assert trace_id(tagged) == ids[0]
    client.delete_trace_tag(ids[0], "review")
    assert not client.search_traces([experiment], filter_string="tags.review = 'good'")
    assert client.delete_traces(experiment, max_timestamp_millis=2**42, max_traces=2) == 2
    assert len(client.search_traces([experiment])) == 3
