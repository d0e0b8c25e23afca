import { chunksOf } from '../../shared/chunks.ts';
import {
  batchGet,
  getItem,
  key,
  queryAll,
  transactWrite,
  type Write,
  writeOne,
} from '../../shared/dynamo/index.ts';
import { trackingTableName } from '../../tracking/index.ts';
import type { Scorer, ScorerVersion } from './scorer.ts';

const scorerKey = (experimentId: string, name: string) => ({
  pk: key('EXPERIMENT', experimentId),
  sk: key('SCORER', name),
});
const versionKey = (scorerId: string, version: number) => ({
  pk: key('SCORER', scorerId),
  sk: key('VERSION', String(version).padStart(8, '0')),
});
const onlineKey = (scorerId: string) => ({ pk: key('SCORER', scorerId), sk: 'ONLINE' });

interface Keys {
  readonly pk: string;
  readonly sk: string;
}

const withoutKeys = <T>({ pk: _pk, sk: _sk, ...rest }: T & Keys) => rest;

export async function findScorer(experimentId: string, name: string): Promise<Scorer | undefined> {
  const item = await getItem<Scorer & Keys>(trackingTableName(), scorerKey(experimentId, name));
  return item && (withoutKeys(item) as Scorer);
}

/** Scorers of an experiment by name. */
export async function scorersOf(experimentId: string): Promise<Scorer[]> {
  const found: Scorer[] = [];
  for await (const item of queryAll<Scorer & Keys>({
    table: trackingTableName(),
    condition: 'pk = :pk AND begins_with(sk, :scorer)',
    values: { ':pk': key('EXPERIMENT', experimentId), ':scorer': 'SCORER#' },
  })) {
    found.push(withoutKeys(item) as Scorer);
  }
  return found;
}

export async function findVersion(
  scorerId: string,
  version: number,
): Promise<ScorerVersion | undefined> {
  return getItem<ScorerVersion>(trackingTableName(), versionKey(scorerId, version));
}

/** The newest version of each scorer that has one, in the order of the scorers. */
export async function latestVersions(
  scorers: readonly Scorer[],
): Promise<{ readonly scorer: Scorer; readonly version: ScorerVersion }[]> {
  const items = await batchGet<ScorerVersion & Keys>(
    trackingTableName(),
    scorers.map(({ scorer_id, latest_version }) => versionKey(scorer_id, latest_version)),
  );
  const byPartition = new Map(items.map((item) => [item.pk, item]));
  return scorers.flatMap((scorer) => {
    const version = byPartition.get(key('SCORER', scorer.scorer_id));
    return version ? [{ scorer, version }] : [];
  });
}

/** Versions of a scorer, the oldest first. */
export async function versionsOf(scorerId: string): Promise<ScorerVersion[]> {
  const found: ScorerVersion[] = [];
  for await (const item of queryAll<ScorerVersion>({
    table: trackingTableName(),
    condition: 'pk = :pk AND begins_with(sk, :version)',
    values: { ':pk': key('SCORER', scorerId), ':version': 'VERSION#' },
  })) {
    found.push(item);
  }
  return found;
}

/** A change of a scorer that was read, or the first row of a new one. */
function scorerPut(before: Scorer | undefined, scorer: Scorer): Write {
  const put = { ...scorerKey(scorer.experiment_id, scorer.scorer_name), ...scorer };
  const table = trackingTableName();
  if (!before) return { table, put, condition: 'attribute_not_exists(pk)' };
  return {
    table,
    put,
    condition: 'revision = :revision AND scorer_id = :id',
    values: { ':revision': before.revision, ':id': before.scorer_id },
  };
}

/** Adds a version. Throws `ConditionFailed` when the scorer was changed since it was read. */
export async function putVersion(
  before: Scorer | undefined,
  scorer: Scorer,
  version: ScorerVersion,
): Promise<void> {
  const put = { ...versionKey(scorer.scorer_id, version.scorer_version), ...version };
  await transactWrite([scorerPut(before, scorer), { table: trackingTableName(), put }]);
}

/** Removes one version. Throws `ConditionFailed` as `putVersion` does. */
export async function removeVersion(
  before: Scorer,
  version: number,
  latest_version: number,
): Promise<void> {
  await transactWrite([
    scorerPut(before, { ...before, latest_version, revision: before.revision + 1 }),
    { table: trackingTableName(), delete: versionKey(before.scorer_id, version) },
  ]);
}

/** Rows of a transaction; it takes a hundred. */
const MAX_WRITES = 90;

/**
 * Removes a scorer's versions and then the scorer: what an interrupted call left, the next removes.
 * Throws `ConditionFailed` as `putVersion` does.
 */
export async function removeScorer(scorer: Scorer): Promise<void> {
  const table = trackingTableName();
  const deletions: Write[] = (await versionsOf(scorer.scorer_id)).map(({ scorer_version }) => ({
    table,
    delete: versionKey(scorer.scorer_id, scorer_version),
  }));
  deletions.push(
    { table, delete: onlineKey(scorer.scorer_id) },
    {
      table,
      delete: scorerKey(scorer.experiment_id, scorer.scorer_name),
      condition: 'revision = :revision',
      values: { ':revision': scorer.revision },
    },
  );
  for (const some of chunksOf(deletions, MAX_WRITES)) await transactWrite(some);
}

/** What part of an experiment's traces a scorer is to judge by itself. */
export interface OnlineScoring {
  readonly online_scoring_config_id: string;
  readonly scorer_id: string;
  /** From 0 to 1. */
  readonly sample_rate: number;
  readonly experiment_id: string;
  readonly filter_string?: string;
}

export async function putOnline(config: OnlineScoring): Promise<void> {
  await writeOne({
    table: trackingTableName(),
    put: { ...onlineKey(config.scorer_id), ...config },
  });
}

export async function findOnline(scorerIds: readonly string[]): Promise<OnlineScoring[]> {
  const items = await batchGet<OnlineScoring & Keys>(
    trackingTableName(),
    [...new Set(scorerIds)].map(onlineKey),
  );
  return items.map((item) => withoutKeys(item) as OnlineScoring);
}
