import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestHost } from '../../support/host.ts';
import { PATIENCE_MS, TEST_TIMEOUT_MS } from '../../support/patience.ts';

const KILLS = Number(process.env.TRACE_KILLS ?? 6);
const CLIENTS = 4;
/** Acknowledged traces between two kills: a busy machine gets as far as an idle one. */
const BETWEEN = 8;

const host = new TestHost();

beforeAll(() => host.start());
afterAll(() => host.stop());

/** A trace that was sent: its spans came in these calls, of which the first `answered` were answered. */
interface Sent {
  readonly id: string;
  readonly batches: readonly number[];
  answered: number;
  /** Whether the client told of it, with an assessment, and was answered. */
  told: boolean;
}

interface Wire {
  readonly trace_info: {
    readonly trace_id: string;
    readonly tags: Readonly<Record<string, string>>;
    readonly assessments?: readonly unknown[];
  };
  readonly spans?: readonly { readonly span_id: string }[];
}

/** Answered with 200; false if the host was killed under it. */
async function answered(path: string, body: object): Promise<boolean> {
  try {
    const headers = { 'x-mlflow-experiment-id': '0' };
    const { status } = await host.call('POST', path, body, headers);
    if (status === 200) return true;
    if (status < 500) throw new Error(`${path} answered ${status}`);
    return false;
  } catch (error) {
    if (error instanceof TypeError || error instanceof SyntaxError) return false;
    throw error;
  }
}

/** One call in OpenTelemetry's JSON: spans number `from` to `from + count` of a trace. */
function spansOf(id: string, from: number, count: number, bytes: number) {
  const spans = Array.from({ length: count }, (_, i) => ({
    traceId: id.slice('tr-'.length),
    spanId: String(from + i + 1).padStart(16, '0'),
    ...(from + i > 0 && { parentSpanId: '0000000000000001' }),
    name: `step ${from + i}`,
    startTimeUnixNano: String(1_700_000_000_000_000_000n + BigInt(from + i)),
    endTimeUnixNano: String(1_700_000_001_000_000_000n + BigInt(from + i)),
    // Random, so that no packing makes it small: such a call is several items of the table.
    attributes: [{ key: 'noise', value: { stringValue: randomBytes(bytes).toString('base64') } }],
  }));
  return { resourceSpans: [{ scopeSpans: [{ spans }] }] };
}

const info = (trace_id: string) => ({
  trace: {
    trace_info: {
      trace_id,
      trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '0' } },
      request_time: '2026-11-21T10:00:00Z',
      state: 'OK',
      tags: { told: 'yes' },
      assessments: [{ assessment_name: 'good', feedback: { value: true }, source: {} }],
    },
  },
});

/** Sends a trace in one or two calls of spans and one of its client; every other call is repeated once. */
async function send(number: number, all: Sent[]): Promise<void> {
  const sent: Sent = {
    id: `tr-${randomBytes(16).toString('hex')}`,
    batches: number % 2 === 0 ? [5] : [3, 4],
    answered: 0,
    told: false,
  };
  all.push(sent);
  if (number % 3 === 0) sent.told = await answered('/api/3.0/mlflow/traces', info(sent.id));
  let from = 0;
  for (const count of sent.batches) {
    const body = spansOf(sent.id, from, count, number % 4 === 0 ? 120_000 : 100);
    if (!(await answered('/v1/traces', body))) return;
    sent.answered += 1;
    if (number % 5 === 0) await answered('/v1/traces', body);
    from += count;
  }
  if (number % 3 === 1) sent.told = await answered('/api/3.0/mlflow/traces', info(sent.id));
}

async function listed(): Promise<string[]> {
  const ids: string[] = [];
  for (let page_token = ''; ; ) {
    const { body } = await host.call('POST', '/api/3.0/mlflow/traces/search', {
      locations: [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '0' } }],
      max_results: 50,
      page_token,
    });
    const page = body as { traces?: { trace_id: string }[]; next_page_token?: string };
    ids.push(...(page.traces ?? []).map(({ trace_id }) => trace_id));
    page_token = page.next_page_token ?? '';
    if (!page_token) return ids;
  }
}

async function read(id: string): Promise<{ status: number; trace: Wire | undefined }> {
  const path = `/api/3.0/mlflow/traces/get?trace_id=${id}&allow_partial=true`;
  const { status, body } = await host.call('GET', path);
  return { status, trace: (body as { trace?: Wire }).trace };
}

describe('a host that is killed while traces arrive', () => {
  it('has every acknowledged trace whole, none torn and none twice', {
    timeout: TEST_TIMEOUT_MS + KILLS * PATIENCE_MS,
  }, async () => {
    const all: Sent[] = [];
    let over = false;
    let number = 0;
    const clients = Array.from({ length: CLIENTS }, async () => {
      while (!over) {
        await send(number++, all);
        await pause(5);
      }
    });
    const done = () => all.filter((one) => one.answered === one.batches.length).length;
    for (let kill = 0; kill < KILLS; kill++) {
      const enough = done() + BETWEEN;
      await expect.poll(done, { interval: 20 }).toBeGreaterThan(enough);
      await pause(Math.random() * 200);
      await host.kill();
      await host.start();
    }
    over = true;
    await Promise.all(clients);

    const ids = await listed();
    expect(new Set(ids).size).toBe(ids.length);
    for (const sent of all) {
      const { id, batches, answered: whole, told } = sent;
      const { status, trace } = await read(id);
      const spans = trace?.spans?.map(({ span_id }) => span_id) ?? [];
      expect(new Set(spans).size, `${id} has a span twice`).toBe(spans.length);
      // What was answered is there; of the call that was not, all spans or none.
      const sums = [0, ...batches].map((_, i) => batches.slice(0, i).reduce((a, b) => a + b, 0));
      expect(sums.slice(whole), `${id} is torn: ${status}`).toContain(spans.length);
      if (told) {
        expect(trace?.trace_info.tags.told ?? (await tagOf(id))).toBe('yes');
      }
      if (told || whole > 0) expect(ids).toContain(id);
    }
    expect(all.length).toBeGreaterThan(KILLS * BETWEEN);
    expect(ids.every((id) => all.some((sent) => sent.id === id))).toBe(true);
  });
});

/** A trace of which no span was stored yet is read without them. */
async function tagOf(id: string): Promise<string | undefined> {
  const { body } = await host.call('GET', `/api/3.0/mlflow/traces/${id}`);
  const { trace } = body as { trace?: Wire };
  expect(trace?.trace_info.assessments).toHaveLength(1);
  return trace?.trace_info.tags.told;
}
