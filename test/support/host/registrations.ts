import { setTimeout as pause } from 'node:timers/promises';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { chunksOf } from '../../../functions/shared/chunks.ts';
import { usageOfTree } from '../../bench/tracking/process-tree.ts';
import { busEntryOf } from '../aws/bus-entry.ts';
import type { AuditedEvent, TestHost } from '../host.ts';
import { PATIENCE_MS } from '../patience.ts';
import { LOCAL_CLIENT } from '../training-data.ts';
import { InFlight } from './small-loop.ts';

interface RegistrationsOptions {
  readonly count: number;
  /** How often the host dies meanwhile, by `kill -9`. */
  readonly kills: number;
}

interface RegistrationsOutcome {
  /** Versions that the audit log has; one whose answer a kill took may have been asked for again. */
  readonly registered: number;
  /** Versions whose verdicts or decisions are not exactly one each, with what they have. */
  readonly wrong: readonly string[];
  /** Events that are in the audit log a second time. */
  readonly loggedTwice: number;
  /** Events that were put on the bus once more, the last ones first. */
  readonly repeated: number;
  /** Milliseconds of all lives of the host up to the last decision, for one registration. */
  readonly cpuMs: number;
  readonly seconds: number;
}

const MODELS = 8;
const SENDERS = 4;
/** Versions that may be on their way at a time: deaths are to find some at every step. */
const ON_THEIR_WAY = 100;
/** Of the events before a kill, so many come again after it. */
const REPEATED_AFTER_KILL = 200;
const ENTRIES_PER_CALL = 10;
/** Messages of a consumer that died come again after six minutes at most: nothing may happen for so long. */
const QUIET_MS = 360_000 + PATIENCE_MS;
/** What an event that comes again may take on a machine that is slow and busy. */
const REPEATED_MS = 500;

const POLICY = { validation: { mode: 'dry_run' }, promotion: { mode: 'auto' } };
const modelOf = (i: number) => `kept-${i % MODELS}`;
const versionOf = ({ data }: AuditedEvent) => `${data.model}/${data.version ?? data.challenger}`;

/**
 * Registers versions that are validated and compared, while the host is killed over and over and
 * events come again in the wrong order.
 */
export async function registerThroughKills(
  host: TestHost,
  { count, kills }: RegistrationsOptions,
): Promise<RegistrationsOutcome> {
  const began = performance.now();
  for (let i = 0; i < MODELS; i++) {
    await host.call('POST', '/api/2.0/mlflow/registered-models/create', { name: modelOf(i) });
    await host.call('PUT', `/api/slipway/v1/models/${modelOf(i)}/policy`, POLICY);
  }
  const trail = new Trail(host);
  let [started, answered, repeated, cpuMs] = [0, 0, 0, -usageOfTree(host.pid).cpuMs];

  const send = async () => {
    for (let i = started++; i < count; i = started++) {
      await trail.until(({ decided }) => answered - decided.size < ON_THEIR_WAY);
      await register(host, modelOf(i));
      answered += 1;
    }
  };
  const sending = Promise.all(Array.from({ length: SENDERS }, send));
  for (let kill = 1; kill <= kills; kill++) {
    const due = (kill * count) / (kills + 1);
    await trail.until(() => answered >= due);
    cpuMs += usageOfTree(host.pid).cpuMs;
    await host.kill();
    await host.start();
    const last = trail.events.slice(-REPEATED_AFTER_KILL);
    repeated += await repeat(host, last);
  }
  await sending;
  await trail.until(
    ({ registered, decided }) => registered.size >= count && registered.size === decided.size,
  );
  cpuMs += usageOfTree(host.pid).cpuMs;
  const seconds = (performance.now() - began) / 1000;

  repeated += await repeat(host, trail.events);
  const inFlight = new InFlight(host);
  await inFlight.settled(QUIET_MS + repeated * REPEATED_MS);
  inFlight.close();
  await trail.follow();
  const { registered, validated, decided, events } = trail;
  const wrong = [...registered.keys()]
    .filter((version) => validated.get(version) !== 1 || decided.get(version) !== 1)
    .map((v) => `${v}: ${validated.get(v) ?? 0} verdicts, ${decided.get(v) ?? 0} decisions`);
  return {
    registered: registered.size,
    wrong,
    repeated,
    seconds,
    loggedTwice: events.length - new Set(events.map(({ id }) => id)).size,
    cpuMs: cpuMs / registered.size,
  };
}

/** Registers until the host answers. */
async function register(host: TestHost, name: string): Promise<void> {
  const body = { name, source: 'mlflow-artifacts:/0/none/artifacts/model' };
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await pause(50)) {
    try {
      const path = '/api/2.0/mlflow/model-versions/create';
      if ((await host.call('POST', path, body)).status === 200) return;
    } catch {
      // The host was killed under the request.
    }
  }
  throw new Error(`Nobody registered a version of ${name}`);
}

/** Puts what consumers react to on the bus once more, the last ones first; answers how many that were. */
async function repeat(host: TestHost, events: readonly AuditedEvent[]): Promise<number> {
  const client = new EventBridgeClient({ ...LOCAL_CLIENT, endpoint: host.awsUrl });
  const backwards = events
    .filter(({ type }) => type === 'ModelVersionRegistered' || type === 'ModelVersionValidated')
    .toReversed();
  for (const some of chunksOf(backwards, ENTRIES_PER_CALL)) {
    await client.send(new PutEventsCommand({ Entries: some.map(busEntryOf) }));
  }
  client.destroy();
  return backwards.length;
}

/** The audit log as far as it was read, and how often each version has an event of a type. */
class Trail {
  readonly events: AuditedEvent[] = [];
  readonly registered = new Map<string, number>();
  readonly validated = new Map<string, number>();
  readonly decided = new Map<string, number>();
  private readonly host: TestHost;
  private following: Promise<void> | undefined;

  constructor(host: TestHost) {
    this.host = host;
  }

  /** Reads what is new, for all who ask meanwhile. */
  follow(): Promise<void> {
    this.following ??= this.read().finally(() => {
      this.following = undefined;
    });
    return this.following;
  }

  /** Waits until it holds. Throws when nothing at all was logged for too long. */
  async until(holds: (trail: Trail) => boolean): Promise<void> {
    let seen = -1;
    for (let end = 0; !holds(this); await pause(100)) {
      if (this.events.length > seen) [seen, end] = [this.events.length, Date.now() + QUIET_MS];
      if (Date.now() > end) throw new Error(`Nothing happens after ${seen} events`);
      // A host that is down is asked again.
      await this.follow().catch(() => undefined);
    }
  }

  private async read(): Promise<void> {
    const counts: Readonly<Record<string, Map<string, number>>> = {
      ModelVersionRegistered: this.registered,
      ModelVersionValidated: this.validated,
      PromotionDecided: this.decided,
    };
    for (const event of await this.host.events(this.events.at(-1)?.seq)) {
      this.events.push(event);
      const times = counts[event.type];
      times?.set(versionOf(event), (times.get(versionOf(event)) ?? 0) + 1);
    }
  }
}
