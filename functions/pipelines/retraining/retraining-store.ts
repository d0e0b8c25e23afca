import { batchGet, getItem, key, type Write } from '../../shared/dynamo/index.ts';
import { platformTableName } from '../pipeline-store.ts';
import { INITIAL_STATE, type RetrainingDecision, type RetrainingState } from './retraining.ts';

type DecisionId = Pick<RetrainingDecision, 'model' | 'window' | 'kind' | 'series'>;

const decisionKey = ({ model, window, kind, series }: DecisionId) => ({
  pk: key('RETRAINING', model),
  sk: key(window, kind, series),
});
const stateKey = (model: string) => ({ pk: key('RETRAINING', model), sk: 'STATE' });

export async function getRetrainingState(model: string): Promise<RetrainingState> {
  return (await getItem<RetrainingState>(platformTableName(), stateKey(model))) ?? INITIAL_STATE;
}

/** The decisions that were taken on these windows. */
export function getDecisions(ids: readonly DecisionId[]): Promise<RetrainingDecision[]> {
  return batchGet<RetrainingDecision>(platformTableName(), ids.map(decisionKey));
}

/** Writes a decision once, together with the state it leaves; both fail if either was changed. */
export function decisionWrites(
  decision: RetrainingDecision,
  before: RetrainingState,
  next: Omit<RetrainingState, 'revision'>,
): Write[] {
  const table = platformTableName();
  return [
    {
      put: { ...decisionKey(decision), type: 'retraining-decision', ...decision },
      table,
      condition: 'attribute_not_exists(pk)',
    },
    {
      put: {
        ...stateKey(decision.model),
        type: 'retraining-state',
        ...next,
        revision: before.revision + 1,
      },
      table,
      condition: 'attribute_not_exists(pk) OR revision = :revision',
      values: { ':revision': before.revision },
    },
  ];
}
