import type { Clock } from '../../shared/clock.ts';
import { DomainError } from '../../shared/errors.ts';
import { log } from '../../shared/log.ts';
import type { LiveConfig, LiveEntity } from '../endpoints/endpoint.ts';
import type { PrepareEvent } from './prepare-model.ts';
import type { Scorer } from './scorer.ts';
import { type LoadModel, modelId, WarmModels } from './warm-models.ts';

/** How long a request may go by what the endpoint served before, in milliseconds. */
const LIVE_TTL_MS = 150;
/**
 * From this age of a change on, requests wait for the new version instead of getting the old. Nobody says
 * when it came: it is taken to be as old as the last look that did not see it.
 */
const MAX_STALE_MS = 750;

/** What one request is answered by, from its first to its last row. */
export interface Snapshot {
  readonly live: LiveConfig;
  readonly models: ReadonlyMap<LiveEntity, Scorer>;
  /** Why the other entities do not answer: they could not be loaded, and it is tried again. */
  readonly problems: ReadonlyMap<LiveEntity, DomainError>;
}

interface SnapshotSources {
  readonly readLive: (endpoint: string) => Promise<LiveConfig | undefined>;
  readonly loadModel: LoadModel;
  readonly clock: Clock;
  /** What all models of the process may take. */
  readonly maxBytes?: number;
}

interface Entry {
  snapshot?: Snapshot;
  /** Of the models of the snapshot. */
  ids?: readonly string[];
  /** When the live row was last read. */
  checkedAt: number;
  /** A change that is being loaded while the old snapshot still answers. */
  loading?: { readonly id: string; readonly since: number; readonly done: Promise<void> };
}

/** The error for callers of an entity that cannot be loaded: a 5xx, for the fault is not theirs. */
function problemOf(live: LiveConfig, entity: LiveEntity, cause: unknown): DomainError {
  const what = `Version ${entity.version} of '${entity.model}' cannot be loaded`;
  if (cause instanceof DomainError) {
    return new DomainError('INTERNAL_ERROR', `${what}: ${cause.message}`, { cause });
  }
  const error = cause instanceof Error ? cause : new Error(String(cause));
  log.error('a version cannot be loaded', { endpoint: live.endpoint, entity: entity.name, error });
  return new DomainError('TEMPORARILY_UNAVAILABLE', `${what} at the moment`, { cause });
}

const idOf = (live: LiveConfig) => `${live.endpointId}:${live.revision}`;

/** What cannot be loaded takes no other entity along. Throws when none can be. */
async function loadSnapshot(live: LiveConfig, warm: WarmModels): Promise<Snapshot> {
  const models = new Map<LiveEntity, Scorer>();
  const problems = new Map<LiveEntity, DomainError>();
  await Promise.all(
    live.entities.map(async (entity) => {
      try {
        models.set(entity, await warm.load(entity));
      } catch (cause) {
        problems.set(entity, problemOf(live, entity, cause));
      }
    }),
  );
  const [problem] = problems.values();
  if (problem && models.size === 0) throw problem;
  return { live, models, problems };
}

/**
 * What this process knows of the endpoints. A change of the live row is loaded while the previous
 * version goes on answering, so a switch costs no request its answer.
 */
export class Snapshots {
  private readonly entries = new Map<string, Entry>();
  private readonly warm: WarmModels;
  private readonly readLive: SnapshotSources['readLive'];
  private readonly clock: Clock;

  constructor({ readLive, loadModel, clock, maxBytes }: SnapshotSources) {
    this.warm = new WarmModels(loadModel, maxBytes);
    this.readLive = readLive;
    this.clock = clock;
  }

  /** What the endpoint serves now; undefined when it serves nothing. Throws when no entity can be loaded. */
  readonly get = async (endpoint: string): Promise<Snapshot | undefined> => {
    const now = this.clock();
    const entry = this.entries.get(endpoint) ?? { checkedAt: Number.NEGATIVE_INFINITY };
    this.entries.set(endpoint, entry);
    if (!entry.snapshot || now - entry.checkedAt >= LIVE_TTL_MS) {
      await this.refresh(endpoint, entry, now);
    }
    for (const id of entry.ids ?? []) this.warm.use(id);
    return entry.snapshot;
  };

  /** Loads a version ahead of its use; the least recently used give way. */
  readonly prepare = async (entity: PrepareEvent['prepare']): Promise<Scorer> => {
    const scorer = await this.warm.load(entity);
    this.makeRoom([entity]);
    return scorer;
  };

  private async refresh(endpoint: string, entry: Entry, now: number): Promise<void> {
    const live = await this.readLive(endpoint);
    if (!live) {
      this.entries.delete(endpoint);
      delete entry.snapshot;
      return;
    }
    const { loading, checkedAt } = entry;
    entry.checkedAt = now;
    const isPresent = entry.snapshot && idOf(entry.snapshot.live) === idOf(live);
    if (isPresent && entry.snapshot?.problems.size === 0) return;
    const since = loading?.since ?? checkedAt;
    const done = loading?.id === idOf(live) ? loading.done : this.startLoading(entry, live, since);
    if (!entry.snapshot || (!isPresent && now - since > MAX_STALE_MS)) return done;
    // The old version answers meanwhile; if the load fails, the next check begins it again.
    done.catch(() => undefined);
  }

  private startLoading(entry: Entry, live: LiveConfig, since: number): Promise<void> {
    const loading = {
      id: idOf(live),
      since,
      done: loadSnapshot(live, this.warm).then(
        (snapshot) => {
          if (entry.loading !== loading) return;
          delete entry.loading;
          this.replace(entry, snapshot, since);
        },
        (error: unknown) => {
          if (entry.loading === loading) delete entry.loading;
          throw error;
        },
      ),
    };
    entry.loading = loading;
    return loading.done;
  }

  /** Throws, and keeps the snapshot before, when that may still answer for an entity that could not be loaded. */
  private replace(entry: Entry, snapshot: Snapshot, since: number): void {
    const { live, problems } = snapshot;
    const [problem] = problems.values();
    if (problem && entry.snapshot && idOf(entry.snapshot.live) !== idOf(live)) {
      // While it may, the version before answers for all rather than the new one for some.
      if (this.clock() - since <= MAX_STALE_MS) throw problem;
    }
    entry.snapshot = snapshot;
    entry.ids = live.entities.map(modelId);
    this.makeRoom(live.entities);
  }

  /** Endpoints whose versions had to go are loaded anew when they are asked again. */
  private makeRoom(kept: readonly PrepareEvent['prepare'][]): void {
    const served = new Set([...this.entries.values()].flatMap(({ ids = [] }) => ids));
    const gone = new Set(this.warm.makeRoom(new Set(kept.map(modelId)), served));
    if (gone.size === 0) return;
    for (const [endpoint, { ids = [] }] of this.entries) {
      if (ids.some((id) => gone.has(id))) this.entries.delete(endpoint);
    }
  }
}
