"""Generated corpora: each suite sends about `cases` requests, and stops when its time is over."""

from suites import evaluation, experiments, lifecycle, limits, metrics, models, odd, registry, runs, traces, wire

ALL = {
    "runs": runs.run,
    "metrics": metrics.run,
    "experiments": experiments.run,
    "registry": registry.run,
    "models": models.run,
    "lifecycle": lifecycle.run,
    "evaluation": evaluation.run,
    "traces": traces.run,
    # Last: what one server takes and the other does not would be found by searches.
    "odd": odd.run,
    "limits": limits.run,
    "wire": wire.run,
}
