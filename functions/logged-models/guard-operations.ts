import type { MlflowOperation } from '../mlflow/index.ts';
import { guardedBy, requireLevelOn } from '../tracking/index.ts';
import { findModel } from './model-store.ts';

/** The level that a caller needs on the experiment of a logged model; everybody with a token may read. */
const NEEDS = {
  createLoggedModel: 'CAN_EDIT',
  finalizeLoggedModel: 'CAN_EDIT',
  deleteLoggedModel: 'CAN_EDIT',
  setLoggedModelTags: 'CAN_EDIT',
  deleteLoggedModelTag: 'CAN_EDIT',
  logLoggedModelParams: 'CAN_EDIT',
} as const;

interface NamesModel {
  readonly experiment_id?: string;
  readonly model_id?: string;
}

/** The same operations, each refused to callers with less than the level that it needs. */
export const guarded = <T extends Readonly<Record<string, MlflowOperation>>>(operations: T): T =>
  guardedBy(operations, NEEDS, async ({ experiment_id, model_id }: NamesModel, level, context) => {
    const id = experiment_id ?? (await findModel(model_id ?? ''))?.experiment_id;
    if (id !== undefined) await requireLevelOn(id, level, context);
  });
