import { getVersionByAlias } from '../../registry/index.ts';
import type { OperationContext } from '../../shared/context.ts';
import { requiredEnv } from '../../shared/env.ts';
import { notFound } from '../../shared/errors.ts';
import { workloadOf } from '../deployment/workload.ts';
import { getConfig, getLive } from '../endpoints/endpoint-store.ts';
import { aliasOf } from '../endpoints/entity-version.ts';
import { existingEndpoint } from '../endpoints/get-endpoint.ts';
import { requirePermission } from '../endpoints/require-permission.ts';
import { BUILD_LOGS_PREFIX } from '../env.ts';
import { readObject } from '../invoke/object-store.ts';
import { invokeFunction } from './lambda-store.ts';
import { type Preparation, variantOf } from './preparation.ts';
import { getPreparation, listPreparations } from './preparation-store.ts';

/** As many processes of a version answer at the same time on one machine; each has printed its part. */
const PROCESSES = 2;

/**
 * What was printed while the version of a served entity was brought up. Empty for a version that is
 * scored in the data path: nothing is built for it.
 */
export async function getBuildLogs(
  name: string,
  servedModel: string,
  context: OperationContext,
): Promise<{ logs: string }> {
  const { endpoint, entity } = await servedEntity(name, servedModel, context);
  const { entity_name: model, entity_version: wanted } = entity;
  const alias = aliasOf(wanted);
  const version = alias === undefined ? wanted : await getVersionByAlias(model, alias);
  if (version === undefined) return { logs: '' };
  if (!workloadOf(entity)) {
    const variant = variantOf({ environmentVars: entity.environment_vars });
    const found = await getPreparation(endpoint.id, model, version, variant);
    return { logs: found?.state === 'PREPARING' ? await shownUntilNow(found) : (found?.log ?? '') };
  }
  const all = await listPreparations(endpoint.id);
  const own = all.filter((one) => one.deployment && one.model === model && one.version === version);
  return { logs: own.toSorted((a, b) => a.since - b.since).at(-1)?.log ?? '' };
}

/** The function that builds shows what it has printed (`lib/serving/images/python/main.py`). */
async function shownUntilNow({ preparation }: Preparation): Promise<string> {
  const key = `${BUILD_LOGS_PREFIX}${preparation}.txt`;
  const shown = await readObject(requiredEnv('ARTIFACTS_BUCKET'), key);
  return shown?.toString('utf8') ?? '';
}

/**
 * The last lines that the model's processes have printed. What containers of SageMaker print is in its
 * own log group.
 */
export async function getServedModelLogs(
  name: string,
  servedModel: string,
  context: OperationContext,
): Promise<{ logs: string }> {
  await servedEntity(name, servedModel, context);
  const live = await getLive(name);
  const parts = (live?.entities ?? [])
    .filter(({ name, deployed }) => name === servedModel && !deployed)
    .flatMap(({ location, environmentVars }) =>
      Array.from({ length: PROCESSES }, async () => {
        const event = { logs: { location, environment_vars: environmentVars } };
        const { text, functionError } = await invokeFunction(
          requiredEnv('SERVING_PYTHON_FUNCTION'),
          event,
        );
        return functionError === undefined ? (JSON.parse(text) as { logs: string }).logs : '';
      }),
    );
  return { logs: [...new Set(await Promise.all(parts))].filter(Boolean).join('\n') };
}

async function servedEntity(name: string, servedModel: string, { actor }: OperationContext) {
  const endpoint = await existingEndpoint(name);
  // What a model prints may be what others have sent it.
  requirePermission(name, endpoint, actor, 'CAN_MANAGE');
  const numbers = new Set([endpoint.target, endpoint.served ?? endpoint.target]);
  for (const number of numbers) {
    const numbered = await getConfig(endpoint, number);
    const entity = numbered?.config.served_entities.find((one) => one.name === servedModel);
    if (entity) return { endpoint, entity };
  }
  throw notFound(`Endpoint '${name}' has no served entity '${servedModel}'`);
}
