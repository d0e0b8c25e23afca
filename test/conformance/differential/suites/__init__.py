"""Generated corpora: each suite sends about `cases` requests, and stops when its time is over."""

from suites import (
    artifacts,
    evaluation,
    experiments,
    graphql,
    integers,
    lifecycle,
    limits,
    metrics,
    models,
    nested,
    odd,
    prompts,
    registry,
    routes,
    runs,
    traces,
    webhooks,
    wire,
)

ALL = {
    "runs": runs.run,
    "metrics": metrics.run,
    "experiments": experiments.run,
    "registry": registry.run,
    "models": models.run,
    "lifecycle": lifecycle.run,
    "evaluation": evaluation.run,
    "traces": traces.run,
    "artifacts": artifacts.run,
    "webhooks": webhooks.run,
    "prompts": prompts.run,
    "integers": integers.run,
    "graphql": graphql.run,
    # Last: what one server takes and the other does not would be found by searches.
    "odd": odd.run,
    "limits": limits.run,
    "wire": wire.run,
    "nested": nested.run,
    "routes": routes.run,
}
