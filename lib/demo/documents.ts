// The documents that a team would write once for this model: its pipeline, its policy, its endpoint.

export const MODEL = 'flight-delay';
export const ENDPOINT = 'flight-delay';
export const PIPELINE = 'flight-delay';
const LABEL = 'late';
const TIME_COLUMN = 'scheduled_departure';

export const pipeline = (dataUri: string) => ({
  model: MODEL,
  data: {
    train: dataUri,
    label: LABEL,
    exclude: ['flight_id', TIME_COLUMN],
    time_column: TIME_COLUMN,
    trailing: 'P60D',
    holdout: 'P7D',
  },
  training: {
    algorithm: 'gbdt',
    image: null,
    instance_type: 'ml.m5.xlarge',
    instance_count: 1,
    spot: false,
    max_runtime: 'PT10M',
    hyperparameters: { trees: 200, learning_rate: 0.1, max_leaves: 31 },
  },
  overlap: 'queue',
});

/**
 * The evidence that a version needs. Evaluation runs on rows that no version has seen: the newest week
 * of the challenger's own data, held out by its training.
 */
export const policy = {
  validation: {
    mode: 'enabled',
    evaluation_data: { path: 'run:/evaluation/holdout.parquet', format: 'parquet', label: LABEL },
    require: { signature: true, input_example: true },
    thresholds: [{ metric: 'roc_auc', min: 0.6 }],
    slices: [{ name: 'long haul', where: 'distance > 1500', metric: 'roc_auc', min: 0.5 }],
    latency_p95_ms: 50,
    max_size_mb: 50,
  },
  promotion: {
    mode: 'auto',
    metric: 'roc_auc',
    test: 'delong',
    rule: 'superior',
    margin: 0,
    alpha: 0.05,
    baseline: { metric: 'roc_auc', min: 0.6 },
  },
  // A window of one day has one day of the week, so the inputs are watched through what the model makes
  // of them: the distribution of its scores.
  retraining: {
    pipeline: PIPELINE,
    when: [
      { metric: 'psi', column: ':prediction', above: 0.2, k: 3, n: 5 },
      { metric: 'roc_auc', below: 0.65, k: 3, n: 5 },
    ],
    cooldown: 'P30D',
    max_per_month: 1,
  },
};

/** An endpoint that follows the alias; with `shadow` that version scores every request too, for the log only. */
export function endpointConfig(shadow?: string) {
  const champion = { name: 'champion', entity_name: MODEL, entity_version: '@champion' };
  const routes = [{ served_entity_name: 'champion', traffic_percentage: 100 }];
  return {
    served_entities: shadow
      ? [champion, { name: 'shadow', entity_name: MODEL, entity_version: shadow }]
      : [champion],
    traffic_config: {
      routes,
      ...(shadow && { mirror: [{ served_entity_name: 'shadow', percentage: 100 }] }),
    },
    monitor: {
      timestamp_column: TIME_COLUMN,
      granularity: 'P1D',
      lateness: 'PT0S',
      label_lateness: 'P1D',
    },
  };
}
