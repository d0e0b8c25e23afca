import { randomBytes } from 'node:crypto';
import { otlpProtobuf, spanId } from '../../../support/otlp.ts';
import { type Bench, good, type Shape } from './shape.ts';

const TRACES = '/api/3.0/mlflow/traces';

const EXPERIMENT = '0';

const LOCATION = {
  type: 'MLFLOW_EXPERIMENT',
  mlflow_experiment: { experiment_id: EXPERIMENT },
};

const OTLP = { 'content-type': 'application/x-protobuf', 'x-mlflow-experiment-id': EXPERIMENT };

/** Milliseconds that a span takes. */
const SPAN_MS = 5;

/** An agent's trace in the two calls of MLflow's client: what it is, and its spans. Its id; undefined without traces. */
async function sendTrace(bench: Bench, spans: number): Promise<string | undefined> {
  const id = randomBytes(16).toString('hex');
  const trace_id = `tr-${id}`;
  const start = Date.now();
  const body = {
    trace: {
      trace_info: {
        trace_id,
        trace_location: LOCATION,
        request_time: new Date(start).toISOString(),
        execution_duration: `${(spans * SPAN_MS) / 1000}s`,
        state: 'OK',
        tags: { 'mlflow.traceName': 'agent' },
      },
    },
  };
  const { status, text } = await bench.client.send('POST', TRACES, JSON.stringify(body));
  if (status === 404) return undefined;
  if (status !== 200) throw new Error(`${status} ${text.slice(0, 200)}`);
  const sent = otlpProtobuf(
    trace_id,
    Array.from({ length: spans }, (_, n) => ({
      id: spanId(n + 1),
      ...(n > 0 && { parent: spanId(1) }),
      name: n > 0 ? `tool ${n}` : 'agent',
      start: start + n * SPAN_MS,
      end: start + (n > 0 ? n + 1 : spans) * SPAN_MS,
      status: 1 as const,
      attributes: {
        'mlflow.spanType': JSON.stringify(n > 0 ? 'TOOL' : 'AGENT'),
        'mlflow.spanInputs': JSON.stringify({ question: `What is ${n} + ${n}?` }),
        'mlflow.spanOutputs': JSON.stringify({ answer: 2 * n }),
      },
    })),
  );
  const exported = await bench.client.send('POST', '/v1/traces', sent, OTLP);
  if (exported.status !== 200) throw new Error(`${exported.status} ${exported.text.slice(0, 200)}`);
  return trace_id;
}

export const logTrace = (spans: number): Shape => ({
  name: `LogTrace of ${spans} spans, 2 calls`,
  group: 'trace',
  users: 20,
  maxRequests: 4000,
  prepare: async (bench) => {
    if (!(await sendTrace(bench, spans))) return undefined;
    return async () => void (await sendTrace(bench, spans));
  },
});

export const getTrace = (spans: number): Shape => ({
  name: `GetTrace of ${spans} spans`,
  group: 'trace',
  users: 20,
  maxRequests: 10_000,
  prepare: async (bench) => {
    const id = await sendTrace(bench, spans);
    if (!id) return undefined;
    return async () => {
      const text = await good(bench, 'GET', `${TRACES}/get?trace_id=${id}`);
      const found = text.split('"span_id":').length - 1;
      if (found !== spans) throw new Error(`${found} spans of ${spans}`);
    };
  },
});

/** The newest hundred. */
export const searchTraces = (traces: number): Shape => ({
  name: `SearchTraces 100 of ${traces.toLocaleString('en')}`,
  group: 'trace',
  users: 4,
  maxRequests: 2000,
  prepare: async (bench) => {
    // Few at a time: what is prepared must not fail on a server that a crowd overwhelms.
    for (let made = 0; made < traces; made += 4) {
      const some = await Promise.all(Array.from({ length: 4 }, () => sendTrace(bench, 2)));
      if (!some[0]) return undefined;
    }
    return async () => {
      const text = await good(bench, 'POST', `${TRACES}/search`, {
        locations: [LOCATION],
        max_results: 100,
        order_by: ['timestamp_ms DESC'],
      });
      const found = text.split('"trace_id":').length - 1;
      if (found !== 100) throw new Error(`${found} traces of 100`);
    };
  },
});
