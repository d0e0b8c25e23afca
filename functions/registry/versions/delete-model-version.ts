import { outbox } from '../../events/outbox.ts';
import { endpointsServing } from '../../serving/index.ts';
import type { OperationContext } from '../../shared/context.ts';
import { retryChanged, transactWrite, type Write } from '../../shared/dynamo/index.ts';
import { invalid } from '../../shared/errors.ts';
import { aliasMoveWrites } from '../aliases/move-alias.ts';
import { ModelVersionDeleted } from '../events.ts';
import { getModel, listAliases, modelAdvance, registryTableName } from '../models/model-store.ts';
import { clearPage, listRequests, requestDelete } from '../workspace/workspace-store.ts';
import { sameAliases } from './change-version.ts';
import { latestAfter } from './latest-of-stage.ts';
import { versionNumber } from './model-version.ts';
import { getVersion, versionDeletes } from './version-store.ts';

/** Throws INVALID_PARAMETER_VALUE for a version that an endpoint serves. */
export async function refuseServed(name: string, number: number): Promise<void> {
  const [endpoint] = await endpointsServing(name, String(number));
  if (endpoint === undefined) return;
  throw invalid(
    `Model Version (name=${name}, version=${number}) cannot be deleted: endpoint '${endpoint}' serves it`,
  );
}

/** Open requests that go in the transaction itself; more than these are hardly ever there. */
const MAX_REQUESTS = 50;

/**
 * Deletes a version and the aliases that name it, with what was asked for and said about it. Refused
 * while an endpoint serves the version.
 */
export async function deleteModelVersion(
  input: { readonly name: string; readonly version: string },
  context: OperationContext,
): Promise<void> {
  const { name } = input;
  const number = versionNumber(input.version);
  await refuseServed(name, number);
  await retryChanged(async () => {
    const version = await getVersion(name, number);
    const model = await getModel(name);
    const requests = (await listRequests(name, number)).slice(0, MAX_REQUESTS);
    const table = registryTableName();
    const now = context.clock();
    const deleted = {
      model: name,
      version: String(number),
      previous_stage: version.current_stage,
      previous_run_id: version.run_id ?? null,
      previous_source: version.source,
    };
    const [row, ...pointers] = versionDeletes(version, now);
    const aliases = (await listAliases(name)).filter((alias) => alias.version === number);
    const moves = await Promise.all(
      aliases.map(({ alias }) =>
        aliasMoveWrites(
          { model: name, alias, version: null, current: number, cause: 'deletion' },
          context,
        ),
      ),
    );
    await transactWrite([
      modelAdvance(model, {
        latest: await latestAfter(model, new Map([[number, null]])),
        last_updated_timestamp: now,
      }),
      { ...(row as Write), ...sameAliases(version) },
      ...pointers,
      ...moves.flat(),
      ...requests.map((request) => requestDelete(name, number, request)),
      outbox(table, ModelVersionDeleted, deleted, context),
    ]);
  });
  await clearPage(name, number);
}
