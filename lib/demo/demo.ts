import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { ROOT } from '../build/paths.ts';
import { Api, type ApiEvent, EventFollower } from './api.ts';
import {
  allWindows,
  driftPoints,
  meteredCost,
  promotionsOf,
  qualityByMonth,
  timeline,
} from './collect.ts';
import { ENDPOINT, endpointConfig, MODEL, PIPELINE, pipeline, policy } from './documents.ts';
import { FlightReader, prepareFlights, REQUEST_COLUMNS } from './flights.ts';
import { reportHtml } from './html.ts';
import { chapter, secondsSinceStart, tell } from './narrate.ts';
import { type Platform, startPlatform } from './platform.ts';
import { endOf, type ReplayContext, type ReplayResult, replay, uploadDay } from './replay.ts';
import type { DemoReport } from './report-types.ts';
import { moveChampion } from './rollback.ts';

const HOME = join(ROOT, '.slipway/demo');
const TRAINED_FIRST = '2001-01';

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: 'sample' },
    keep: { type: 'boolean', default: false },
    port: { type: 'string', default: '0' },
  },
});

const dataDir = join(HOME, 'data');
rmSync(dataDir, { recursive: true, force: true });

chapter('Real US flights of 2001, with what was known four hours before each departure');
const days = await prepareFlights({
  folder: join(HOME, 'flights'),
  share: flags.rows === 'all' ? 1 : 0.1,
});
const first = days.filter(({ day }) => day.startsWith(TRAINED_FIRST));
const later = days.filter(({ day }) => !day.startsWith(TRAINED_FIRST));
tell(`${count(days)} flights in ${days.length} days`);

chapter('The platform boots from the synthesized template');
const platform = await startPlatform(dataDir, ['--port', flags.port]);
tell(`ready after ${Math.round(platform.readyMs)} ms: ${platform.url}`);
try {
  await run(platform);
  if (flags.keep) await keep(platform);
} finally {
  await platform.stop();
}

/** The chapters of the story, each on what the one before has left. */
async function run({ url, awsUrl }: Platform): Promise<void> {
  const api = new Api(url);
  const s3 = new S3Client({
    endpoint: awsUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const bucket = (await s3.send(new ListBucketsCommand({}))).Buckets?.[0]?.Name ?? '';
  const events = new EventFollower(api);
  const context: ReplayContext = { api, events, s3, bucket, reader: await FlightReader.open() };

  chapter('One pipeline, one policy, one endpoint that follows @champion');
  await define(context);

  chapter('January trains version 1');
  await trainFirst(context);

  chapter('February to June, day by day');
  const replayed = await replay(later, context);
  tell(
    `${replayed.scored.toLocaleString('en')} flights scored, ${replayed.failed} requests failed`,
  );

  chapter('Rollback: the alias goes back, and forth again');
  const rollback = await rollBack(context, replayed);

  const report = await writeReport(context, replayed, rollback);
  chapter(`Done in ${report.wall_seconds} s: .slipway/demo/report.html`);
  context.reader.close();
}

async function define(context: ReplayContext): Promise<void> {
  const { api, bucket } = context;
  for (const day of first) await uploadDay(context, day);
  await api.call('PUT', `/api/slipway/v1/models/${MODEL}/policy`, policy);
  const definition = pipeline(`s3://${bucket}/flights/`);
  await api.call('PUT', `/api/slipway/v1/pipelines/${PIPELINE}`, definition);
  const endpoint = { name: ENDPOINT, config: endpointConfig() };
  await api.call('POST', '/api/2.0/serving-endpoints', endpoint);
  tell(`${count(first)} flights of January are in the bucket`);
}

/** Starts the pipeline and follows its version until the endpoint serves it. */
async function trainFirst({ api, events }: ReplayContext): Promise<void> {
  const { id } = await api.call<{ id: string }>(
    'POST',
    `/api/slipway/v1/pipelines/${PIPELINE}/executions`,
    {
      parameters: { 'data.window_end': endOf(first.at(-1)?.day ?? '') },
      reason: 'the first model',
    },
  );
  const steps: [string | string[], Record<string, unknown>][] = [
    [['PipelineSucceeded', 'PipelineFailed'], { execution_id: id }],
    ['ModelVersionValidated', { model: MODEL, version: '1' }],
    ['PromotionDecided', { model: MODEL, challenger: '1' }],
    ['EndpointVersionSwitched', { endpoint: ENDPOINT, to: '1' }],
  ];
  for (const [type, data] of steps) {
    const event = await events.waitFor(type, data);
    tell(event.text);
    if (event.type === 'PipelineFailed') throw new Error(event.text);
  }
}

/** Moves the alias to version 1 and back to the champion, both under traffic. */
async function rollBack(
  { api, reader }: ReplayContext,
  { championByDay }: ReplayResult,
): Promise<DemoReport['rollback']> {
  const last = later.at(-1);
  const { rows } = await reader.read(last ?? days[0] ?? { day: '', file: '', rows: 0 });
  const dataframe_split = { columns: REQUEST_COLUMNS, data: rows.slice(0, 20) };
  const bodies = [JSON.stringify({ client_request_id: 'rollback', dataframe_split })];
  const champion = championByDay.get(last?.day ?? '') ?? '1';
  const back = await moveChampion(api, '1', bodies);
  const forth = await moveChampion(api, champion, bodies);
  const failed = back.failed + forth.failed;
  tell(
    `live again after ${back.ack_to_live_ms} ms and ${forth.ack_to_live_ms} ms, ${failed} failed`,
  );
  return { ack_to_live_ms: back.ack_to_live_ms, failed };
}

async function writeReport(
  { api, events }: ReplayContext,
  replayed: ReplayResult,
  rollback: DemoReport['rollback'],
): Promise<DemoReport> {
  await events.refresh();
  const windows = await allWindows(api);
  const spans = trainedOn(events.seen);
  const report: DemoReport = {
    wall_seconds: Math.round(secondsSinceStart() * 10) / 10,
    rows: { trained: rowsTrained(spans), scored: replayed.scored },
    versions: qualityByMonth(windows, spans),
    champion_by_month: monthly(replayed.championByDay),
    promotions: await promotionsOf(api),
    switches: replayed.switches,
    drift: windows.flatMap(({ window, inputs, labels }) =>
      [...(inputs.breaches ?? []), ...(labels.breaches ?? [])].map(({ metric, ...breach }) => ({
        window,
        ...breach,
        statistic: metric,
      })),
    ),
    events: timeline(events.seen),
    rollback,
    cost: meteredCost(join(dataDir, 'logs')),
  };
  writeFileSync(join(HOME, 'report.json'), JSON.stringify(report, null, 2));
  writeFileSync(join(HOME, 'report.html'), await reportHtml(report, driftPoints(windows)));
  return report;
}

function count(list: readonly { rows: number }[]): number {
  return list.reduce((sum, { rows }) => sum + rows, 0);
}

/** Rows of all versions' training windows, each version counted anew. */
function rowsTrained(spans: ReadonlyMap<string, string>): number {
  return [...spans.values()].reduce((sum, span) => {
    const [from = '', to = ''] = span.split('..');
    return sum + count(days.filter(({ day }) => day >= from && day <= to));
  }, 0);
}

/** Training window of each version, from the parameters of the execution that made it. */
function trainedOn(events: readonly ApiEvent[]): Map<string, string> {
  const ends = new Map<string, string>();
  for (const { type, data } of events) {
    if (type !== 'TrainingRequested') continue;
    const parameters = data.parameters as Record<string, string>;
    ends.set(String(data.execution_id), parameters['data.window_end'] ?? '');
  }
  const spans = new Map<string, string>();
  for (const { type, data } of events) {
    if (type !== 'PipelineSucceeded') continue;
    const end = Date.parse(ends.get(String(data.execution_id)) ?? '');
    const from = Math.max(end - 60 * 86_400_000, Date.parse('2001-01-01T00:00:00Z'));
    const date = (time: number) => new Date(time).toISOString().slice(0, 10);
    spans.set(String(data.version), `${date(from)}..${date(end - 1)}`);
  }
  return spans;
}

/** The version that answered on the last day of each month. */
function monthly(byDay: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...byDay].map(([day, version]) => [day.slice(0, 7), version]));
}

/** Leaves the platform running until it is interrupted. */
async function keep({ url }: Platform): Promise<void> {
  console.log(`
The platform stays up at ${url}. Three things to try:
  curl '${url}/api/slipway/v1/events?limit=5'
  curl '${url}/api/2.0/serving-endpoints/${ENDPOINT}'
  MLFLOW_TRACKING_URI=${url} mlflow runs search --experiment-id 1
Ctrl-C ends it.`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}
