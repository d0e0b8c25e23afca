import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import {
  ConditionFailed,
  retryChanged,
  transactWrite,
  type Write,
} from '../../shared/dynamo/index.ts';
import { DomainError } from '../../shared/errors.ts';
import { ModelStageChanged } from '../events.ts';
import { getModel, modelAdvance, registryTableName } from '../models/model-store.ts';
import type { RegisteredModel } from '../models/registered-model.ts';
import { levelOfMove, requireLevel } from '../permissions.ts';
import { type Activity, anActivity } from '../workspace/activity.ts';
import { activityPut } from '../workspace/workspace-store.ts';
import { versionChangeWrites } from './change-version.ts';
import { latestAfter } from './latest-of-stage.ts';
import { aliasesOf, type ModelVersion, versionNumber } from './model-version.ts';
import { ACTIVE_STAGES, canonicalStage, type Stage } from './stages.ts';
import { getVersion, listVersions } from './version-store.ts';

interface TransitionStageInput {
  readonly name: string;
  readonly version: string;
  readonly stage: string;
  readonly archive_existing_versions?: boolean;
  readonly comment?: string;
}

/** How a move came about. By default the actor makes it, and needs the permission level for it. */
interface Cause {
  /** Shown on the version's page in place of "the actor has applied the move". */
  readonly activity?: Activity;
  /** Further writes of the transaction that moves the version; called again for each try. */
  readonly writes?: () => Promise<readonly Write[]>;
  /** True when the approvers of the model's policy agreed to the move: their levels do not matter. */
  readonly consented?: boolean;
}

/** Actions of one transaction: DynamoDB's limit. */
const MAX_WRITES = 100;

/**
 * Moves a version to a stage, and on request archives the others that are in it. When there are more than fit
 * into one transaction, they are archived in several, the oldest first and the newest with the move itself.
 * A request that is interrupted leaves fewer versions in the stage; the same request finishes the work.
 */
export async function transitionStage(
  input: TransitionStageInput,
  context: OperationContext,
  cause: Cause = {},
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
    const { current_stage: from } = version;
    let model = await getModel(input.name);
    if (!cause.consented) requireLevel(model, context.actor, levelOfMove(from, stage));
    const now = context.clock();
    const stages = { from_stage: from, to_stage: stage };
    const applied = { ...stages, comment: input.comment || undefined };
    const moves = [
      ...(archive ? await archivings(version, stage, now, context) : []),
      move(version, stage, now, context, [
        activityPut(
          input.name,
          number,
          cause.activity ?? anActivity('APPLIED_TRANSITION', applied, context),
        ),
        ...((await cause.writes?.()) ?? []),
      ]),
    ];
    for (const part of partsOf(moves)) model = await movePart(model, part, now, context.actor.user);
  });
}

interface Move {
  readonly version: number;
  readonly to: Stage;
  readonly writes: readonly Write[];
}

/** The archiving of all versions of a stage but the one that takes their place, the oldest first. */
async function archivings(
  successor: ModelVersion,
  stage: Stage,
  now: number,
  context: OperationContext,
): Promise<Move[]> {
  const others: ModelVersion[] = [];
  for await (const other of listVersions(successor.name)) {
    if (other.version !== successor.version && other.current_stage === stage) others.push(other);
  }
  requireSameMoment([successor, ...others]);
  const why = {
    from_stage: stage,
    to_stage: 'Archived',
    system_comment: `Archived as version ${successor.version} moved to ${stage}`,
  } as const;
  return others.reverse().map((other) => {
    const activity = anActivity('SYSTEM_TRANSITION', why, context);
    const said = activityPut(other.name, other.version, activity);
    return move(other, 'Archived', now, context, [said]);
  });
}

/**
 * Versions are read one after another: an alias that went from one to the other in between stands in
 * both, and no transaction takes its copy twice. Throws `ConditionFailed`, so that they are read again.
 */
function requireSameMoment(versions: readonly ModelVersion[]): void {
  const aliases = versions.flatMap(aliasesOf);
  if (new Set(aliases).size < aliases.length) throw new ConditionFailed(0, undefined);
}

function move(
  version: ModelVersion,
  to: Stage,
  now: number,
  context: OperationContext,
  more: readonly Write[],
): Move {
  const { name: model, version: number, current_stage: from } = version;
  const change = versionChangeWrites(version, {
    set: 'current_stage = :to',
    values: { ':to': to },
    updated: { at: now, by: context.actor.user },
    condition: 'current_stage = :from',
    conditionValues: { ':from': from },
  });
  const data = { model, version: String(number), from, to };
  const event = from === to ? [] : [outbox(registryTableName(), ModelStageChanged, data, context)];
  return { version: number, to, writes: [...change, ...event, ...more] };
}

/** Moves for one transaction each, with room for the model's row; the last has as many as it can. */
function partsOf(moves: readonly Move[]): Move[][] {
  const parts: Move[][] = [];
  let room = 0;
  for (const one of moves.toReversed()) {
    if (one.writes.length > room) {
      parts.unshift([]);
      room = MAX_WRITES - 1;
    }
    parts[0]?.unshift(one);
    room -= one.writes.length;
  }
  return parts;
}

/** Makes the moves of one part, and answers with the model as it is then. */
async function movePart(
  model: RegisteredModel,
  part: readonly Move[],
  now: number,
  user: string,
): Promise<RegisteredModel> {
  const changes = new Map(part.map(({ version, to }) => [version, to]));
  const latest = await latestAfter(model, changes);
  const change = { latest, last_updated_timestamp: now, updated_by: user };
  await transactWrite([modelAdvance(model, change), ...part.flatMap(({ writes }) => writes)]);
  return { ...model, ...change, rev: model.rev + 1 };
}
