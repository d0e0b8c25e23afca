import type { LabelValue } from '../labels/label.ts';
import { dollarsOf, meterRequest } from '../request-cost.ts';
import type { LabelledRequest } from '../windows/labels-evaluation.ts';
import { scoreOf } from '../windows/labels-evaluation.ts';

/** What was measured of one arm: a version behind one entity. */
export interface ArmData {
  readonly entity: string;
  readonly version: string;
  requests: number;
  errors: number;
  predictions: number;
  readonly latencies: number[];
  readonly costs: { y: number; x: number }[];
  readonly scores: number[];
  readonly labels: number[];
}

export const armName = ({ entity, version }: Pick<ArmData, 'entity' | 'version'>): string =>
  `${entity}@${version}`;

/**
 * Sorts requests by who should have answered them; repeated requests count once. One that another arm
 * answered in its place is a failure of the arm that chance chose, and says nothing about the other.
 */
export function toArms(requests: Iterable<LabelledRequest>): ArmData[] {
  const arms = new Map<string, ArmData>();
  const seen = new Set<string>();
  for (const { row, payload, label } of requests) {
    const entity = row.failedEntity ?? row.servedEntity;
    const version = row.failedVersion ?? row.version;
    const identity = row.clientRequestId ?? row.databricksRequestId;
    if (entity === undefined || version === undefined || seen.has(identity)) continue;
    seen.add(identity);
    const failed = hasFailed(row);
    // Nobody answered, and no version is to blame: the caller's mistake tells of neither arm.
    if (!failed && row.statusCode !== 200) continue;
    const name = armName({ entity, version });
    const arm = arms.get(name) ?? newArm(entity, version);
    arms.set(name, arm);
    arm.requests++;
    if (failed) {
      arm.errors++;
      continue;
    }
    const predictions = payload.response.predictions ?? [];
    arm.predictions += predictions.length;
    arm.latencies.push(row.executionTimeMs);
    const metered = meterRequest(row);
    arm.costs.push({ y: dollarsOf(metered), x: metered.predictions });
    if (label) addPairs(arm, predictions, [label.label].flat() as LabelValue[]);
  }
  for (const arm of arms.values()) arm.latencies.sort((a, b) => a - b);
  return [...arms.values()].sort((a, b) => b.requests - a.requests);
}

/** Whether the version is to blame: not for a refusal that its caller brought about. */
const hasFailed = ({ statusCode, ...row }: LabelledRequest['row']): boolean =>
  statusCode >= 500 ||
  row.modelFailed === true ||
  // The other arm of a rollout would have answered.
  row.failed === true ||
  (statusCode === 200 && row.failedEntity !== undefined);

const newArm = (entity: string, version: string): ArmData => ({
  entity,
  version,
  requests: 0,
  errors: 0,
  predictions: 0,
  latencies: [],
  costs: [],
  scores: [],
  labels: [],
});

function addPairs(arm: ArmData, predictions: readonly unknown[], truths: readonly LabelValue[]) {
  for (const [i, prediction] of predictions.entries()) {
    const truth = truths[i] ?? null;
    const [score, label] = [
      scoreOf(prediction),
      typeof truth === 'boolean' ? Number(truth) : truth,
    ];
    if (score === undefined || typeof label !== 'number') continue;
    arm.scores.push(score);
    arm.labels.push(label);
  }
}
