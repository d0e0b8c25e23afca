import { readFileSync } from 'node:fs';
import type { S3Client } from '@aws-sdk/client-s3';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { type Api, type ApiEvent, type EventFollower, pause, WAIT_MS } from './api.ts';
import { ENDPOINT, endpointConfig, MODEL } from './documents.ts';
import { type FlightDay, type FlightReader, REQUEST_COLUMNS } from './flights.ts';
import { progress, tell } from './narrate.ts';
import type { ReportedSwitch } from './report-types.ts';
import { invoke, Traffic } from './traffic.ts';

/** Rows of one request. */
const ROWS_PER_REQUEST = 400;
const CALLERS = 4;

export interface ReplayContext {
  readonly api: Api;
  readonly events: EventFollower;
  readonly s3: S3Client;
  readonly bucket: string;
  readonly reader: FlightReader;
}

export interface ReplayResult {
  readonly scored: number;
  readonly failed: number;
  readonly switches: ReportedSwitch[];
  /** Version that answered on each day. */
  readonly championByDay: Map<string, string>;
}

interface Prepared {
  readonly id: string;
  readonly body: string;
  readonly labels: readonly number[];
}

/**
 * Plays the days as they were: requests by day, the labels of a day at the end of the next, the
 * day's flights into the training data then too. After each day it waits until everything that
 * follows from it is decided and done, so that every replay gives the same verdicts.
 */
export async function replay(
  days: readonly FlightDay[],
  context: ReplayContext,
): Promise<ReplayResult> {
  const { api, reader } = context;
  const result = {
    scored: 0,
    failed: 0,
    switches: [] as ReportedSwitch[],
    championByDay: new Map<string, string>(),
  };
  let before: { day: FlightDay; requests: readonly Prepared[] } | undefined;
  for (const [i, day] of days.entries()) {
    const { rows, labels } = await reader.read(day);
    const requests = prepare(day.day, rows, labels);
    const answers = await sendAll(api.url, requests);
    result.scored += rows.length;
    result.failed += answers.filter(({ ok }) => !ok).length;
    result.championByDay.set(day.day, answers.at(-1)?.version ?? '');
    if (before) {
      await sendLabels(api, before.requests, endOf(day.day));
      await uploadDay(context, before.day);
    }
    const bodies = requests.map(({ body }) => body);
    result.switches.push(...(await settle(days[i - 1], days[i - 2], bodies, context)));
    before = { day, requests };
    progress(
      `${day.day}: ${result.scored.toLocaleString('en')} flights scored`,
      i + 1,
      days.length,
    );
  }
  return result;
}

export async function uploadDay({ s3, bucket }: ReplayContext, day: FlightDay): Promise<void> {
  const Key = `flights/${day.day}.parquet`;
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: readFileSync(day.file) }));
}

function prepare(day: string, rows: readonly unknown[][], labels: readonly number[]): Prepared[] {
  const requests: Prepared[] = [];
  for (let start = 0; start < rows.length; start += ROWS_PER_REQUEST) {
    const id = `${day}-${String(requests.length).padStart(3, '0')}`;
    const data = rows.slice(start, start + ROWS_PER_REQUEST);
    requests.push({
      id,
      body: JSON.stringify({
        client_request_id: id,
        dataframe_split: { columns: REQUEST_COLUMNS, data },
      }),
      labels: labels.slice(start, start + ROWS_PER_REQUEST),
    });
  }
  return requests;
}

async function sendAll(url: string, requests: readonly Prepared[]) {
  const queue = requests.values();
  const lists = await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      const answers = [];
      for (const { body } of queue) answers.push(await invoke(url, ENDPOINT, body));
      return answers;
    }),
  );
  return lists.flat();
}

async function sendLabels(api: Api, requests: readonly Prepared[], knownAt: string): Promise<void> {
  const labels = requests.map(({ id, labels: label }) => ({
    client_request_id: id,
    label,
    event_time: knownAt,
  }));
  await api.call('POST', `/api/slipway/v1/endpoints/${ENDPOINT}/labels`, labels);
}

/** Midnight at the end of a day. */
export function endOf(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().replace('.000Z', 'Z');
}

interface WindowKindView {
  readonly settled: boolean;
  readonly retraining?: {
    readonly outcome: string;
    readonly reason: string;
    readonly execution_id: string | null;
  };
}

interface WindowsPage {
  readonly windows: readonly {
    readonly window: string;
    readonly inputs: WindowKindView;
    readonly labels: WindowKindView;
  }[];
}

/**
 * Waits for the verdicts on the day whose requests and the day whose labels are now complete; when
 * they ask for training, keeps traffic on the endpoint until its outcome is live.
 */
async function settle(
  inputsDay: FlightDay | undefined,
  labelsDay: FlightDay | undefined,
  bodies: readonly string[],
  context: ReplayContext,
): Promise<ReportedSwitch[]> {
  const switches: ReportedSwitch[] = [];
  for (const [kind, day] of [
    ['inputs', inputsDay],
    ['labels', labelsDay],
  ] as const) {
    if (!day) continue;
    const view = await settled(context.api, kind, day.day);
    const { outcome, execution_id: execution, reason } = view.retraining ?? {};
    if (!execution || outcome !== 'requested') continue;
    tell(`${day.day}: ${reason}`);
    switches.push(...(await followTraining(execution, bodies, context)));
  }
  return switches;
}

async function settled(api: Api, kind: 'inputs' | 'labels', day: string): Promise<WindowKindView> {
  const path = `/api/slipway/v1/endpoints/${ENDPOINT}/windows?limit=2&after=${before(day)}`;
  for (const deadline = Date.now() + WAIT_MS; Date.now() < deadline; await pause(8)) {
    const { windows } = await api.get<WindowsPage>(path);
    const view = windows.find(({ window }) => window.startsWith(day))?.[kind];
    if (view?.settled) return view;
  }
  throw new Error(`The ${kind} of ${day} were not evaluated within ${WAIT_MS / 60_000} minutes`);
}

const before = (day: string) =>
  new Date(Date.parse(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);

async function followTraining(
  executionId: string,
  bodies: readonly string[],
  { api, events }: ReplayContext,
): Promise<ReportedSwitch[]> {
  const traffic = new Traffic(api.url, ENDPOINT, bodies);
  try {
    const ended = await events.waitFor(['PipelineSucceeded', 'PipelineFailed'], {
      execution_id: executionId,
    });
    tell(ended.text);
    if (ended.type === 'PipelineFailed') return [];
    const version = String(ended.data.version);
    const about = { model: MODEL, version };
    const validated = await events.waitFor('ModelVersionValidated', about);
    tell(validated.text);
    if (validated.data.status !== 'PASSED') return [];
    const decided = await events.waitFor('PromotionDecided', { model: MODEL, challenger: version });
    tell(decided.text);
    if (decided.data.verdict !== 'promoted') return [];
    const switched = await events.waitFor('EndpointVersionSwitched', {
      endpoint: ENDPOINT,
      to: version,
    });
    const moved = movedTo(events, version);
    const live = await traffic.liveAfter(version, Date.parse(moved.time));
    tell(`version ${version} answers, ${live} ms after the alias moved`);
    // The first champion goes on in the shadow, so that the report shows what the loop gained.
    const config = endpointConfig('1');
    await api.call('PUT', `/api/2.0/serving-endpoints/${ENDPOINT}/config`, config);
    return [
      {
        from: String(switched.data.from),
        to: version,
        cause: String(switched.data.cause),
        ack_to_live_ms: live,
        requests: traffic.answers.length,
        failed: traffic.failed,
      },
    ];
  } finally {
    await traffic.stop();
  }
}

function movedTo(events: EventFollower, version: string): ApiEvent {
  const moved = events.seen.findLast(
    ({ type, data }) =>
      type === 'ModelAliasMoved' && data.alias === 'champion' && data.version === version,
  );
  if (!moved) throw new Error(`No event says that champion moved to version ${version}`);
  return moved;
}
