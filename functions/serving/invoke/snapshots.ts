import type { Clock } from '../../shared/clock.ts';
import type { LiveConfig, LiveEntity } from '../endpoints/endpoint.ts';
import type { PrepareEvent } from './prepare-model.ts';
import type { Scorer } from './scorer.ts';

/** How long a request may go by what the endpoint served before, in milliseconds. */
const LIVE_TTL_MS = 150;
/**
 * From this age of a change on, requests wait for the new version instead of getting the old. Nobody says
 * when it came: it is taken to be as old as the last look that did not see it.
 */
const MAX_STALE_MS = 750;
/** Versions kept warm beside those that are served, for switches back. */
const MAX_MODELS = 12;

/** What one request is answered by, from its first to its last row. */
export interface Snapshot {
  readonly live: LiveConfig;
  readonly models: ReadonlyMap<LiveEntity, Scorer>;
}

export interface SnapshotSources {
  readonly readLive: (endpoint: string) => Promise<LiveConfig | undefined>;
  readonly loadModel: (entity: PrepareEvent['prepare']) => Promise<Scorer>;
  readonly clock: Clock;
}

interface Entry {
  snapshot?: Snapshot;
  /** When the live row was last read. */
  checkedAt: number;
  /** A change that is being loaded while the old snapshot still answers. */
  loading?: { readonly id: string; readonly since: number; readonly done: Promise<void> };
}

const idOf = (live: LiveConfig) => `${live.endpointId}:${live.revision}`;

/**
 * What this process knows of the endpoints. A change of the live row is loaded while the previous
 * version goes on answering, so a switch costs no request its answer.
 */
export function createSnapshots({ readLive, loadModel, clock }: SnapshotSources) {
  const entries = new Map<string, Entry>();
  const models = new Map<string, Promise<Scorer>>();

  /** One load per version and place; the least recently used give way. */
  function model(entity: PrepareEvent['prepare']): Promise<Scorer> {
    const { model, version, location, deployed } = entity;
    const id = [model, version, location.bucket, location.key, deployed?.variant].join('#');
    const known = models.get(id) ?? loadModel(entity);
    models.delete(id);
    models.set(id, known);
    known.catch(() => models.delete(id));
    for (const oldest of models.keys()) {
      if (models.size <= MAX_MODELS) break;
      models
        .get(oldest)
        ?.then((scorer) => scorer.release?.())
        .catch(() => undefined);
      models.delete(oldest);
    }
    return known;
  }

  async function load(live: LiveConfig): Promise<Snapshot> {
    const loaded = await Promise.all(
      live.entities.map(async (entity) => [entity, await model(entity)] as const),
    );
    return { live, models: new Map(loaded) };
  }

  function startLoading(entry: Entry, live: LiveConfig, since: number): Promise<void> {
    const loading = {
      id: idOf(live),
      since,
      done: load(live).then(
        (snapshot) => {
          if (entry.loading !== loading) return;
          entry.snapshot = snapshot;
          delete entry.loading;
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

  async function refresh(endpoint: string, entry: Entry, now: number): Promise<void> {
    const live = await readLive(endpoint);
    if (!live) {
      entries.delete(endpoint);
      delete entry.snapshot;
      return;
    }
    const { loading, checkedAt } = entry;
    entry.checkedAt = now;
    if (entry.snapshot && idOf(entry.snapshot.live) === idOf(live)) return;
    const since = loading?.since ?? checkedAt;
    const done = loading?.id === idOf(live) ? loading.done : startLoading(entry, live, since);
    if (!entry.snapshot || now - since > MAX_STALE_MS) return done;
    // The old version answers meanwhile; if the load fails, the next check begins it again.
    done.catch(() => undefined);
  }

  return {
    /** Loads a version ahead of its use. */
    model,
    /** What the endpoint serves now; undefined when it serves nothing. */
    async get(endpoint: string): Promise<Snapshot | undefined> {
      const now = clock();
      const entry = entries.get(endpoint) ?? { checkedAt: Number.NEGATIVE_INFINITY };
      entries.set(endpoint, entry);
      if (!entry.snapshot || now - entry.checkedAt >= LIVE_TTL_MS) {
        await refresh(endpoint, entry, now);
      }
      return entry.snapshot;
    },
  };
}
