"""What tests of MLflow's store on SQL read out of its tables, made of what a client reads.

A session has queries by equality alone; a table that is not here fails its test, as it should.
"""

import json
from functools import partial
from types import SimpleNamespace

from mlflow.entities import ViewType
from mlflow.entities.trace_metrics import AggregationType, MetricAggregation, MetricViewType
from mlflow.store.tracking.dbmodels import models

COSTS = ("input_cost", "output_cost", "total_cost")
TOKENS = (
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
    "input_tokens",
    "output_tokens",
    "total_tokens",
)


def _experiments(store, _where):
    return store.search_experiments(view_type=ViewType.ALL)


def _traces(store, where):
    info = store.get_trace_info(where["request_id"])
    return [
        SimpleNamespace(
            request_id=info.trace_id,
            experiment_id=int(info.experiment_id),
            timestamp_ms=info.request_time,
            execution_time_ms=info.execution_duration,
            status=info.state.value,
        )
    ]


def _spans(store, where):
    (trace,) = store.batch_get_traces([where["trace_id"]])
    return [
        SimpleNamespace(
            trace_id=span.trace_id,
            span_id=span.span_id,
            parent_span_id=span.parent_id,
            experiment_id=int(trace.info.experiment_id),
            name=span.name,
            status=span.status.status_code.value,
            start_time_unix_nano=span.start_time_ns,
            end_time_unix_nano=span.end_time_ns,
            duration_ns=span.end_time_ns - span.start_time_ns,
            content=json.dumps(span.to_dict()),
            dimension_attributes=span.attributes,
        )
        for span in trace.data.spans
    ]


def _tokens(store, where):
    """Of an experiment with this one trace, whose sums are the trace's own."""
    experiment = store.get_trace_info(where["request_id"]).experiment_id
    total = MetricAggregation(AggregationType.SUM)
    return [
        SimpleNamespace(request_id=where["request_id"], key=key, value=point.values["SUM"])
        for key in TOKENS
        for point in store.query_trace_metrics([experiment], MetricViewType.TRACES, key, [total])
    ]


def _costs(store, where):
    """Of spans whose names differ in their experiment."""
    (trace,) = store.batch_get_traces([where["trace_id"]])
    total = MetricAggregation(AggregationType.SUM)
    ask = partial(store.query_trace_metrics, [trace.info.experiment_id], MetricViewType.SPANS)
    return [
        SimpleNamespace(
            trace_id=span.trace_id, span_id=span.span_id, key=key, value=point.values["SUM"]
        )
        for span in trace.data.spans
        for key in COSTS
        for point in ask(key, [total], filters=[f"span.name = '{span.name}'"])
    ]


def _model_metrics(store, where):
    model = store.get_logged_model(where["model_id"])
    return [
        SimpleNamespace(
            model_id=model.model_id, experiment_id=int(model.experiment_id), value=one.value
        )
        for one in model.metrics
    ]


TABLES = {
    models.SqlExperiment: _experiments,
    models.SqlTraceInfo: _traces,
    models.SqlSpan: _spans,
    models.SqlTraceMetrics: _tokens,
    models.SqlSpanMetrics: _costs,
    models.SqlLoggedModelMetric: _model_metrics,
}


class Query:
    def __init__(self, store, table):
        self.store, self.table = store, table
        self.where = {}

    def filter(self, *conditions):
        return self.filter_by(**{one.left.key: one.right.value for one in conditions})

    def filter_by(self, **where):
        self.where |= where
        return self

    def order_by(self, *_columns):
        return self

    def all(self):
        rows = TABLES[self.table](self.store, self.where)
        wanted = self.where.items()
        return [row for row in rows if all(getattr(row, key) == value for key, value in wanted)]

    def first(self):
        return next(iter(self.all()), None)

    def one(self):
        (row,) = self.all()
        return row


class Session:
    def __init__(self, store):
        self.store = store

    def query(self, table):
        return Query(self.store, table)

    def flush(self):
        """Nothing waits to be written; a test replaces this to make a race."""


def run_of(store, run_id: str):
    """A run with the points of all its metrics, of which a run as clients read it has the last ones."""
    run = store.get_run(run_id)
    points = (store.get_metric_history(run_id, key) for key in run.data.metrics)
    tags = [SimpleNamespace(key=key, value=value) for key, value in run.data.tags.items()]
    return SimpleNamespace(metrics=[point for some in points for point in some], tags=tags)
