/** Upper ends of the latency histogram's buckets, in milliseconds. */
export const BUCKETS_MS = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000] as const;

/** What one served entity has answered since the endpoint was created. */
export interface ServingMetrics {
  /** Empty: requests that were refused before an entity was chosen. */
  readonly entity: string;
  readonly requests: number;
  readonly errors4xx: number;
  readonly errors5xx: number;
  /** Requests at which its model raised, though it could read them: MLflow's status for that is a 4xx. */
  readonly modelErrors: number;
  /** Requests that were its own, and that another entity answered when it failed. */
  readonly fallbacks: number;
  readonly milliseconds: number;
  /** Requests by the bucket that they fall into; the last one has no upper end. */
  readonly buckets: readonly number[];
}

/** One request as the stream of the inference log tells it. */
export interface ServedRequest {
  readonly endpointId: string;
  /** The one that answered, else the one that should have. */
  readonly entity: string;
  /** The one that should have answered. */
  readonly failedEntity?: string;
  readonly statusCode: number;
  readonly modelFailed?: boolean;
  readonly milliseconds: number;
}

/** The sums of requests by endpoint and entity. */
export function sumUp(
  requests: readonly ServedRequest[],
): readonly { readonly endpointId: string; readonly metrics: ServingMetrics }[] {
  const idOf = (endpointId: string, entity: string) => `${endpointId}\n${entity}`;
  const groups = Map.groupBy(requests, ({ endpointId, entity }) => idOf(endpointId, entity));
  const fallbacks = new Map<string, number>();
  for (const { endpointId, failedEntity, statusCode } of requests) {
    if (failedEntity === undefined || statusCode !== 200) continue;
    const id = idOf(endpointId, failedEntity);
    fallbacks.set(id, (fallbacks.get(id) ?? 0) + 1);
    if (!groups.has(id)) groups.set(id, []);
  }
  return [...groups].map(([id, group]) => {
    const [endpointId = '', entity = ''] = id.split('\n');
    const count = (holds: (request: ServedRequest) => boolean) => group.filter(holds).length;
    const buckets = [...BUCKETS_MS, 0].map(() => 0);
    for (const { milliseconds } of group) {
      const found = BUCKETS_MS.findIndex((end) => milliseconds <= end);
      const index = found < 0 ? BUCKETS_MS.length : found;
      buckets[index] = (buckets[index] ?? 0) + 1;
    }
    const metrics = {
      entity,
      requests: group.length,
      errors4xx: count(({ statusCode }) => statusCode >= 400 && statusCode < 500),
      errors5xx: count(({ statusCode }) => statusCode >= 500),
      modelErrors: count(({ modelFailed }) => modelFailed === true),
      fallbacks: fallbacks.get(id) ?? 0,
      milliseconds: group.reduce((sum, request) => sum + request.milliseconds, 0),
      buckets,
    };
    return { endpointId, metrics };
  });
}

/** Prometheus' text format: https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function toPrometheus(endpoint: string, all: readonly ServingMetrics[]): string {
  const label = ({ entity }: ServingMetrics, more = '') =>
    `{endpoint_name="${endpoint}",served_entity_name="${entity}"${more}}`;
  const counter = (name: string, value: (one: ServingMetrics) => number) => [
    `# TYPE ${name} counter`,
    ...all.map((one) => `${name}${label(one)} ${value(one)}`),
  ];
  const histogram = all.flatMap((one) => {
    let below = 0;
    const buckets = BUCKETS_MS.map((end, i) => {
      below += one.buckets[i] ?? 0;
      return `request_latency_ms_bucket${label(one, `,le="${end}"`)} ${below}`;
    });
    return [
      ...buckets,
      `request_latency_ms_bucket${label(one, ',le="+Inf"')} ${one.requests}`,
      `request_latency_ms_sum${label(one)} ${one.milliseconds}`,
      `request_latency_ms_count${label(one)} ${one.requests}`,
    ];
  });
  return [
    ...counter('request_count_total', ({ requests }) => requests),
    ...counter('request_4xx_count_total', ({ errors4xx }) => errors4xx),
    ...counter('request_5xx_count_total', ({ errors5xx }) => errors5xx),
    ...counter('request_model_error_count_total', ({ modelErrors }) => modelErrors),
    ...counter('request_fallback_count_total', ({ fallbacks }) => fallbacks),
    '# TYPE request_latency_ms histogram',
    ...histogram,
    '',
  ].join('\n');
}
