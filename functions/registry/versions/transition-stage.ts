import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import { retryChanged, transactWrite, type Write } from '../../shared/dynamo/index.ts';
import { DomainError, invalid } from '../../shared/errors.ts';
import { ModelStageChanged } from '../events.ts';
import { getModel, modelAdvance, registryTableName } from '../models/model-store.ts';
import { levelOfMove, requireLevel } from '../permissions.ts';
import { versionChangeWrites } from './change-version.ts';
import { latestAfter } from './latest-of-stage.ts';
import { type ModelVersion, versionNumber } from './model-version.ts';
import { ACTIVE_STAGES, canonicalStage, type Stage } from './stages.ts';
import { getVersion, listVersions } from './version-store.ts';

interface TransitionStageInput {
  readonly name: string;
  readonly version: string;
  readonly stage: string;
  readonly archive_existing_versions?: boolean;
}

/** DynamoDB's limit of one transaction. */
const MAX_WRITES = 100;

/**
 * Moves a version to a stage, and on request archives the others that are in it; `extra` is written in
 * the same transaction.
 */
export async function transitionStage(
  input: TransitionStageInput,
  context: OperationContext,
  extra: readonly Write[] = [],
): Promise<void> {
  const stage = canonicalStage(input.stage);
  const archive = input.archive_existing_versions ?? false;
  if (archive && !ACTIVE_STAGES.includes(stage)) {
    throw new DomainError(
      'INTERNAL_ERROR',
      `Model version transition cannot archive existing model versions because '${input.stage}' is not an Active stage. Valid stages are [${ACTIVE_STAGES.map((one) => `'${one}'`).join(', ')}]`,
    );
  }
  const number = versionNumber(input.version);
  return retryChanged(async () => {
    const version = await getVersion(input.name, number);
    const model = await getModel(input.name);
    requireLevel(model, context.actor, levelOfMove(version.current_stage, stage));
    const changes = new Map<ModelVersion, Stage>([[version, stage]]);
    if (archive) {
      for await (const other of listVersions(input.name)) {
        if (other.version !== number && other.current_stage === stage) {
          changes.set(other, 'Archived');
        }
      }
    }
    const now = context.clock();
    const latest = await latestAfter(
      model,
      new Map([...changes].map(([moved, to]) => [moved.version, to])),
    );
    const writes = [
      modelAdvance(model, { latest, last_updated_timestamp: now }),
      ...[...changes].flatMap(([moved, to]) => stageWrites(moved, to, now, context)),
      ...extra,
    ];
    if (writes.length > MAX_WRITES) throw invalid('Too many versions to archive at once.');
    await transactWrite(writes);
  });
}

function stageWrites(
  version: ModelVersion,
  to: Stage,
  now: number,
  context: OperationContext,
): Write[] {
  const { name: model, current_stage: from } = version;
  const move = versionChangeWrites(version, {
    set: 'current_stage = :to',
    values: { ':to': to },
    updatedAt: now,
    condition: 'current_stage = :from',
    conditionValues: { ':from': from },
  });
  if (from === to) return move;
  const data = { model, version: String(version.version), from, to };
  return [...move, outbox(registryTableName(), ModelStageChanged, data, context)];
}
