import type { PolicyDocument } from '../../functions/policies/policy.ts';
import { putPolicy } from '../../functions/policies/put-policy.ts';
import { getVersionByAlias } from '../../functions/registry/index.ts';
import { createRegisteredModel } from '../../functions/registry/models/create-registered-model.ts';
import type { OperationContext } from '../../functions/shared/context.ts';
import { announced } from './outbox.ts';

/** The rows that a version is judged by: an artifact of its own run. */
export const evaluationData = { path: 'run:/evaluation/holdout.parquet', label: 'label' };

/** Validates and promotes whatever is better, without asking anybody. */
export const automatic: PolicyDocument = {
  validation: { mode: 'enabled', evaluation_data: evaluationData },
  promotion: { mode: 'auto', metric: 'roc_auc', test: 'delong' },
};

/** A registered model, with the policy if there is one. */
export async function aModel(
  name: string,
  document: PolicyDocument | undefined,
  context: OperationContext,
): Promise<void> {
  await createRegisteredModel({ name }, context);
  if (document) await putPolicy({ name, document }, context);
}

/** The champion's version; undefined when there is none. */
export const champion = (model: string) => getVersionByAlias(model, 'champion');

/** Events of a type about a model, in the order of their announcement. */
export const eventsOf = async (model: string, type: string) =>
  (await announced('registry')).filter((e) => e.type === type && e.data.model === model);
