"""What the newest client does with traces besides."""

import mlflow
import pytest
from mlflow.entities import AssessmentSource
from mlflow.exceptions import MlflowException
from test_traces import answer, experiment  # noqa: F401


@pytest.fixture
def traced(experiment):  # noqa: F811
    answer("Where is Paris?")
    mlflow.flush_trace_async_logging()
    return mlflow.get_last_active_trace_id()


HUMAN = AssessmentSource(source_type="HUMAN", source_id="ana")


def test_feedback_is_logged_overridden_and_searched_for(client, experiment, traced):  # noqa: F811
    first = mlflow.log_feedback(trace_id=traced, name="correct", value=False, source=HUMAN)
    mlflow.override_feedback(
        trace_id=traced, assessment_id=first.assessment_id, value=True, rationale="looked again"
    )
    mlflow.log_expectation(trace_id=traced, name="expected", value={"country": "France"}, source=HUMAN)
    feedback = {
        (one.name, str(one.value), one.valid)
        for one in mlflow.get_trace(traced).info.assessments
        if one.feedback
    }
    assert feedback == {("correct", "False", False), ("correct", "True", True)}
    [expected] = [one for one in mlflow.get_trace(traced).info.assessments if one.expectation]
    assert expected.value == {"country": "France"}
    for value, count in (("true", 1), ("false", 0)):
        filter_string = f"feedback.correct = '{value}'"
        found = mlflow.search_traces(
            locations=[experiment], filter_string=filter_string, return_type="list"
        )
        assert len(found) == count
    mlflow.delete_assessment(traced, first.assessment_id)
    with pytest.raises(MlflowException, match="not found"):
        mlflow.get_assessment(traced, first.assessment_id)


def test_traces_of_a_run(client, experiment):  # noqa: F811
    with mlflow.start_run() as run:
        answer("In a run?")
    answer("Outside?")
    mlflow.flush_trace_async_logging()
    outside = mlflow.get_last_active_trace_id()
    of_run = lambda: mlflow.search_traces(run_id=run.info.run_id, return_type="list")  # noqa: E731
    assert len(of_run()) == 1
    client.link_traces_to_run([outside], run.info.run_id)
    assert {trace.info.trace_id for trace in of_run()} > {outside}


def test_spans_are_found_by_name_type_attribute_and_text(experiment, traced):  # noqa: F811
    for condition in (
        "span.name = 'look_up' AND span.type = 'TOOL'",
        "span.attributes.source = 'atlas'",
        "trace.text LIKE '%France%'",
        "attributes.name = 'answer'",
        "attributes.execution_time_ms >= 0 AND attributes.timestamp_ms > 0",
    ):
        found = mlflow.search_traces(
            locations=[experiment], filter_string=condition, return_type="list"
        )
        assert [trace.info.trace_id for trace in found] == [traced], condition


def test_a_large_trace_is_whole(experiment):  # noqa: F811
    with mlflow.start_span("agent") as root:
        root.set_inputs({"plan": "x" * 100_000})
        for i in range(300):
            with mlflow.start_span(f"step {i}") as span:
                span.set_outputs({"i": i, "ratio": i / 3, "large": 2**60 + i})
    mlflow.flush_trace_async_logging()
    trace = mlflow.get_trace(root.trace_id)
    assert len(trace.data.spans) == 301
    steps = {span.name: span.outputs for span in trace.data.spans if span.parent_id}
    assert steps["step 7"] == {"i": 7, "ratio": 7 / 3, "large": 2**60 + 7}
    assert trace.data.spans[0].inputs == {"plan": "x" * 100_000}
    assert len(trace.info.request_preview) == 1000


def test_users_sessions_and_tokens(experiment):  # noqa: F811
    with mlflow.start_span("chat", span_type="CHAT_MODEL") as span:
        span.set_attribute(
            "mlflow.chat.tokenUsage", {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}
        )
        mlflow.update_current_trace(
            metadata={"mlflow.trace.session": "s1", "mlflow.trace.user": "ana"}, tags={"env": "prod"}
        )
    mlflow.flush_trace_async_logging()
    filter_string = "metadata.`mlflow.trace.session` = 's1' AND tags.env = 'prod'"
    [found] = mlflow.search_traces(
        locations=[experiment], filter_string=filter_string, return_type="list"
    )
    assert found.info.token_usage == {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}
