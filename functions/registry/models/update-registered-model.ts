import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import { retryChanged, transactWrite } from '../../shared/dynamo/index.ts';
import { unchanged, unchangedDescription } from '../description.ts';
import { RegisteredModelUpdated } from '../events.ts';
import { getModel, modelKey, registryTableName, SETTLED } from './model-store.ts';
import type { RegisteredModel } from './registered-model.ts';

/** What users may change of a model; what is left out stays as it is. */
export interface ModelChange {
  readonly description?: string;
  readonly deployment_job_id?: string;
  readonly owner?: string;
}

/** Changes the model's description, deployment job and owner. */
export async function updateRegisteredModel(
  { name, ...change }: ModelChange & { readonly name: string },
  context: OperationContext,
): Promise<void> {
  await retryChanged(async () => {
    const { set, condition, event, ...rest } = modelChange(await getModel(name), change, context);
    const write = { table: registryTableName(), key: modelKey(name), ...rest };
    await transactWrite([
      { ...write, update: `SET ${set}`, condition: `${SETTLED} AND ${condition}` },
      event,
    ]);
  });
}

/** Parts of a write that changes a model's row as it was read, and the event of the change. */
export function modelChange(
  former: RegisteredModel,
  change: ModelChange,
  context: OperationContext,
) {
  const { description, deployment_job_id, owner } = change;
  const given = Object.entries({ description, deployment_job_id, owner }).filter(
    ([, value]) => value !== undefined,
  );
  const same = [
    unchangedDescription(former),
    unchanged('owner', former.owner, owner),
    unchanged('deployment_job_id', former.deployment_job_id, deployment_job_id),
  ];
  const data = {
    model: former.name,
    description: (description ?? former.description) || null,
    previous_description: former.description || null,
    ...(owner !== undefined && { owner, previous_owner: former.owner ?? former.user_id }),
    ...(deployment_job_id !== undefined && {
      deployment_job_id: deployment_job_id || null,
      previous_deployment_job_id: former.deployment_job_id || null,
    }),
  };
  return {
    set: [
      'last_updated_timestamp = :now, updated_by = :by',
      ...given.map(([attribute]) => `#${attribute} = :${attribute}`),
    ].join(', '),
    condition: same.map(({ condition }) => condition).join(''),
    names: Object.fromEntries(given.map(([attribute]) => [`#${attribute}`, attribute])),
    values: {
      ...Object.fromEntries(same.flatMap(({ values }) => Object.entries(values))),
      ...Object.fromEntries(given.map(([attribute, value]) => [`:${attribute}`, value])),
      ':now': context.clock(),
      ':by': context.actor.user,
    },
    event: outbox(registryTableName(), RegisteredModelUpdated, data, context),
  };
}
