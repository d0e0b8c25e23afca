import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { paginateScan } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { paginateGetExecutionHistory, paginateListExecutions } from '@aws-sdk/client-sfn';
import { InFlight } from '../host/small-loop.ts';
import type { TestHost } from '../host.ts';
import { PATIENCE_MS } from '../patience.ts';
import { CRASH, MACHINE_ARN, TOTAL } from './crash-assembly.ts';
import type { CrashLoad } from './crash-load.ts';

/** What became of the acknowledged things of one kind. */
interface Count {
  readonly acknowledged: number;
  readonly missing: readonly string[];
  /** Happened, though nobody was told so in time: allowed, and counted. */
  readonly unacknowledged: number;
  /** Deliveries or attempts beyond the first. */
  readonly repeated?: number;
}

const compare = (
  wanted: Iterable<string>,
  found: ReadonlySet<string>,
  repeated?: number,
): Count => {
  const all = [...wanted];
  const missing = all.filter((one) => !found.has(one));
  return {
    acknowledged: all.length,
    missing,
    unacknowledged: found.size - (all.length - missing.length),
    ...(repeated !== undefined && { repeated }),
  };
};

/** Metric points of the run against those that were acknowledged. */
async function countPoints(host: TestHost, load: CrashLoad): Promise<Count> {
  const stored = new Set<string>();
  for (const key of ['a', 'b']) {
    const path = `/api/2.0/mlflow/metrics/get-history?run_id=${load.runId}&metric_key=${key}`;
    for (let token = ''; ; ) {
      const { body } = await host.call('GET', `${path}&max_results=10000${token}`);
      for (const { step } of (body.metrics ?? []) as { step?: number }[]) {
        stored.add(`${key}/${step ?? 0}`);
      }
      if (body.next_page_token === undefined) break;
      token = `&page_token=${encodeURIComponent(body.next_page_token)}`;
    }
  }
  return compare(load.acknowledged.points, stored);
}

/** Versions that the audit log tells of; `repeated` counts those told twice. */
async function countVersions(host: TestHost, load: CrashLoad): Promise<Count> {
  const told = (await host.events())
    .filter(({ type }) => type === 'ModelVersionRegistered')
    .map(({ data }) => String(data.version));
  const found = new Set(told);
  return compare(load.acknowledged.versions, found, told.length - found.size);
}

interface Effects {
  readonly counts: Readonly<Record<'events' | 'messages' | 'schedules', Count>>;
  /** Rows of effects, and how many effects were counted: the same when each came once. */
  readonly rows: number;
  readonly total: number;
}

/** Effects of events, messages and schedules. */
async function countEffects(load: CrashLoad): Promise<Effects> {
  const deliveries = new Map<string, number>();
  let total = 0;
  for await (const { Items = [] } of paginateScan({ client: load.dynamo }, { TableName: CRASH })) {
    for (const { pk, effects, deliveries: n } of Items) {
      const id = pk?.S ?? '';
      if (id === TOTAL) total = Number(effects?.N);
      else if (/^(event|message|schedule):/.test(id)) deliveries.set(id, Number(n?.N ?? 0));
    }
  }
  const count = (wanted: ReadonlySet<string>, kind: string) => {
    const mine = [...deliveries].filter(([id]) => id.startsWith(kind));
    // A row without a delivery is an effect whose consumer was killed and not called again.
    const found = new Set(mine.filter(([, n]) => n > 0).map(([id]) => id));
    return compare(
      wanted,
      found,
      mine.reduce((sum, [, n]) => sum + Math.max(0, n - 1), 0),
    );
  };
  const { events, messages, schedules } = load.acknowledged;
  return {
    counts: {
      events: count(events, 'event:'),
      messages: count(messages, 'message:'),
      schedules: count(schedules, 'schedule:'),
    },
    rows: deliveries.size,
    total,
  };
}

/** Executions that succeeded; `repeated` counts states that were left more than once. */
async function countExecutions(load: CrashLoad): Promise<Count> {
  const succeeded = new Map<string, string>();
  const client = load.states;
  for await (const page of paginateListExecutions({ client }, { stateMachineArn: MACHINE_ARN })) {
    for (const { name = '', executionArn = '', status } of page.executions ?? []) {
      if (succeeded.has(name)) throw new Error(`Two executions are called ${name}`);
      if (status === 'SUCCEEDED') succeeded.set(name, executionArn);
    }
  }
  let repeated = 0;
  for (const executionArn of succeeded.values()) {
    const left: string[] = [];
    for await (const page of paginateGetExecutionHistory({ client }, { executionArn })) {
      for (const { stateExitedEventDetails: exited } of page.events ?? []) {
        if (exited) left.push(exited.name ?? '');
      }
    }
    repeated += left.length - new Set(left).size;
  }
  return compare(load.acknowledged.executions, new Set(succeeded.keys()), repeated);
}

interface ObjectCount extends Count {
  /** Objects whose content nobody ever wrote. */
  readonly torn: readonly string[];
}

/** Objects by their content: the acknowledged one, or a later one whose answer was lost. */
async function countObjects(load: CrashLoad): Promise<ObjectCount> {
  const { bucket: Bucket, s3: client } = load;
  const whole = new Set<string>();
  const torn: string[] = [];
  for await (const page of paginateListObjectsV2({ client }, { Bucket, Prefix: 'crash/' })) {
    for (const { Key = '' } of page.Contents ?? []) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
      const digest = createHash('sha256').update(bytes).digest('hex');
      if (load.wrote(digest)) whole.add(Key);
      else torn.push(Key);
    }
  }
  return { ...compare(load.acknowledged.objects.keys(), whole), torn };
}

/** Everything that was acknowledged against everything that is there. */
async function countAll(host: TestHost, load: CrashLoad) {
  const { counts, rows, total } = await countEffects(load);
  return {
    effects: { rows, total },
    objects: await countObjects(load),
    counts: {
      'metric points': await countPoints(host, load),
      'model versions': await countVersions(host, load),
      ...counts,
      executions: await countExecutions(load),
    },
  };
}

/**
 * The counts once nothing is on its way any more. A delivery that failed several times waits for up to
 * a minute, and a schedule for its time: what is missing gets that long to come.
 */
export async function finalCounts(host: TestHost, load: CrashLoad) {
  const inFlight = new InFlight(host);
  await inFlight.settled();
  // All other queues are empty by now.
  const deadLetters = Object.fromEntries(await inFlight.messages());
  inFlight.close();
  for (const deadline = Date.now() + PATIENCE_MS; ; ) {
    const found = await countAll(host, load);
    const complete = Object.values(found.counts).every(({ missing }) => missing.length === 0);
    if (complete || Date.now() > deadline) return { ...found, deadLetters };
    await pause(500);
  }
}
