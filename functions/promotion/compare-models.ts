import { type PolicyRevision, type PromotionPolicy, policyFor } from '../policies/index.ts';
import {
  getModelVersion,
  getVersionByAlias,
  locationOf,
  type ModelVersion,
} from '../registry/index.ts';
import type { OperationContext } from '../shared/context.ts';
import { addDuration, parseDuration } from '../shared/duration.ts';
import {
  type Candidate,
  columnScores,
  type EvaluationSet,
  type Location,
  loadCandidate,
  modelFiles,
  ofChampion,
  pythonLocations,
  readEvaluationSet,
  scoreRows,
} from '../validation/index.ts';
import { isApproved } from './approval-of.ts';
import { isChallenger, registrationOf } from './challenger.ts';
import { compareCosts } from './compare-costs.ts';
import { type Judgement, judgeBaseline, judgeComparison } from './judge.ts';
import { presentName } from './present-name.ts';
import { CHAMPION, type Promotion, type PromotionVerdict } from './promotion.ts';
import { findPromotion, savePromotion } from './promotion-store.ts';
import type { CompareInput, PromotionInput } from './task-input.ts';

/** What the state machine does next. */
export interface Next {
  readonly next: 'decided' | 'promote' | 'settle' | 'build';
  /** Artefacts that need an environment before they are compared; with `build` only. */
  readonly environments?: readonly Location[];
  /** False when people have approved that this version replaces the present champion. */
  readonly approval_required: boolean;
  /** Seconds after which an approval expires. */
  readonly expires_seconds: number;
  /** Seconds after which others are asked, too; 0: nobody else is. */
  readonly escalate_seconds: number;
}

interface Rivals {
  readonly policy: PolicyRevision | undefined;
  /** The version that was validated; undefined: it was deleted. */
  readonly challenger: ModelVersion | undefined;
  readonly champion: ModelVersion | undefined;
}

/** What a comparison came to: `promote`, or the verdict that settles the promotion. */
interface Finding {
  readonly proposal: 'promote' | PromotionVerdict;
  readonly evidence: Promotion['evidence'];
  readonly text: string;
}

/**
 * Compares the challenger with the present champion, and keeps the evidence with the promotion. Models
 * in Python need environments to be compared in: those that were not `built` are asked for first.
 */
export async function compareModels(
  {
    promotion_id: id,
    model: asked,
    model_id: told = '',
    version,
    registered_at: validated = '',
    built = [],
    unbuilt = '',
  }: PromotionInput & Partial<CompareInput>,
  context: OperationContext,
): Promise<Next> {
  const former = await findPromotion(id);
  const model_id = former?.model_id ?? told;
  const about = { model: former?.model ?? asked, model_id };
  const found = await findRivals(about, version, context);
  const { model, policy, present, champion } = found;
  const known = former?.registered_at || validated || undefined;
  const challenger = isChallenger({ registered_at: known }, present) ? present : undefined;
  const registered_at = known ?? (challenger && registrationOf(challenger));
  const approval = policy?.policy.approval;
  const against = champion ? String(champion.version) : null;
  const approved = former !== undefined && (await isApproved({ id, champion: against }));
  const now = context.clock();
  const expires_seconds = secondsOf(approval?.expires_in ?? 'PT72H', now);
  const after = approval?.escalation ? secondsOf(approval.escalation.after, now) : 0;
  const base = {
    approval_required: (approval?.required ?? false) && !approved,
    expires_seconds,
    escalate_seconds: after < expires_seconds ? after : 0,
  };
  if (former?.status === 'DECIDED') return { ...base, next: 'decided' };
  const rivals: Rivals = { policy, challenger, champion };
  const needed = await pythonLocations(toScore(rivals));
  const environments = needed.filter(({ bucket, key }) =>
    built.every((one) => one.bucket !== bucket || one.key !== key),
  );
  if (environments.length > 0) return { ...base, next: 'build', environments };
  const { proposal, evidence, text } = await find(rivals, { model, version, unbuilt });
  const saved = await savePromotion({
    id,
    model,
    ...(model_id && { model_id }),
    challenger: version,
    ...(registered_at && { registered_at }),
    champion: against,
    status: 'DECIDING',
    verdict: proposal === 'promote' ? 'promoted' : proposal,
    evidence,
    text,
    policy: policy ? { name: policy.name, revision: policy.revision } : null,
    created_at: former?.created_at ?? new Date(context.clock()).toISOString(),
    decided_at: null,
    reverted: null,
  });
  if (!saved) return { ...base, next: 'decided' };
  return { ...base, next: proposal === 'promote' ? 'promote' : 'settle' };
}

/** Seconds of a duration that begins at a time: calendar months, as in the dates that people are shown. */
const secondsOf = (duration: string, from: number): number =>
  Math.ceil((addDuration(from, parseDuration(duration)) - from) / 1000);

/** What is there to compare, under the name that the model has now. */
async function findRivals(
  about: { readonly model: string; readonly model_id: string },
  version: string,
  context: OperationContext,
) {
  for (let { model } = about; ; ) {
    const [policy, present, alias] = await Promise.all([
      policyFor(model),
      getModelVersion(model, version),
      getVersionByAlias(model, CHAMPION),
    ]);
    const champion = alias === undefined ? undefined : await getModelVersion(model, alias);
    // The model was renamed before or between these reads: some of them used its former name.
    const name = await presentName(about, context);
    if (name === model) return { model, policy, present, champion };
    model = name;
  }
}

/** The versions that the comparison will score; none if nothing will be compared. */
function toScore({ policy, challenger, champion }: Rivals): ModelVersion[] {
  const { promotion, validation } = policy?.policy ?? {};
  if (!challenger || promotion?.mode !== 'auto' || !validation?.evaluation_data) return [];
  if (champion === undefined) return promotion.baseline ? [challenger] : [];
  return champion.version === challenger.version ? [] : [challenger, champion];
}

async function find(
  { policy: found, challenger, champion }: Rivals,
  {
    model,
    version,
    unbuilt,
  }: { readonly model: string; readonly version: string; readonly unbuilt: string },
): Promise<Finding> {
  const about = `version ${version} of ${model}`;
  const without = { evidence: { kind: 'none' as const } };
  const policy = found?.policy.promotion;
  if (!challenger) {
    return { ...without, proposal: 'rejected', text: `${about} was deleted before a decision` };
  }
  if (!found || policy?.mode !== 'auto') {
    return { ...without, proposal: 'waiting', text: `${about} waits: no policy promotes it` };
  }
  if (champion?.version === challenger.version) {
    return { ...without, proposal: 'unchanged', text: `${about} was the champion already` };
  }
  const source = found.policy.validation?.evaluation_data;
  const against = champion ?? policy.baseline;
  if (!against) {
    return {
      ...without,
      proposal: 'promote',
      text: `${about} became champion: there was none, and the policy has no baseline`,
    };
  }
  if (!source) {
    const text = `${about} waits: the policy names no evaluation_data to judge it by`;
    return { ...without, proposal: 'waiting', text };
  }
  const evaluation = await readEvaluationSet(source, challenger);
  const own = await load(challenger, unbuilt);
  const scored = { model: own, scores: await scoreRows(own, evaluation.rows) };
  if (!('version' in against)) {
    const judged = againstBaseline(policy, against, evaluation, scored);
    return settle(judged, `${about} became champion`, `${about} is no champion`);
  }
  return settle(
    await againstChampion(policy, against, evaluation, scored, unbuilt),
    `${about} became champion after version ${against.version}`,
    `${about} did not replace champion ${against.version}`,
  );
}

/** A challenger with its scores of the evaluation's rows. */
interface Scored {
  readonly model: Candidate;
  readonly scores: Float64Array;
}

function againstBaseline(
  policy: PromotionPolicy,
  baseline: NonNullable<PromotionPolicy['baseline']>,
  evaluation: EvaluationSet,
  { scores }: Scored,
): Judgement {
  if (!('column' in baseline)) return judgeBaseline(baseline, evaluation, scores);
  const { column } = baseline;
  // A heuristic has no cost to be cheaper than, and a first model no one to harm.
  const rule = policy.rule === 'superior' ? 'superior' : 'non_inferior';
  return judgeComparison(
    { ...policy, slices: [], rule },
    evaluation,
    { challenger: scores, champion: columnScores(evaluation, column) },
    { against: column },
  );
}

async function againstChampion(
  policy: PromotionPolicy,
  champion: ModelVersion,
  evaluation: EvaluationSet,
  { model: challenger, scores }: Scored,
  unbuilt: string,
): Promise<Judgement> {
  const { version } = champion;
  const { rows } = evaluation;
  const model = await ofChampion(version, load(champion, unbuilt));
  const theirs = await ofChampion(version, scoreRows(model, rows));
  return judgeComparison(
    policy,
    evaluation,
    { challenger: scores, champion: theirs },
    policy.rule === 'non_inferior_and_cheaper'
      ? { cost: await compareCosts(policy.cheaper, { challenger, champion: model }, rows) }
      : {},
  );
}

const settle = (judged: Judgement, won: string, lost: string): Finding => ({
  proposal: judged.wins ? 'promote' : 'rejected',
  evidence: judged.evidence,
  text: `${judged.wins ? won : lost}: ${judged.text}`,
});

const load = async (version: ModelVersion, unbuilt: string) =>
  loadCandidate(await modelFiles(locationOf(version)), { unbuilt });
