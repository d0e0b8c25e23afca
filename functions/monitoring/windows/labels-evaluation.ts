import type { LogPayload, LogRow } from '../../serving/index.ts';
import { type Label, type LabelValue, toBinary } from '../labels/label.ts';
import { type ClassificationQuality, classificationQuality } from '../labels/quality.ts';

/** Quality of one version in a window, by the requests it answered or mirrored. */
export interface VersionQuality extends ClassificationQuality {
  readonly model: string;
  readonly version: string;
  /** `shadow`: its predictions went to the log only. */
  readonly role: 'answer' | 'shadow';
}

export interface LabelledRequest {
  readonly row: LogRow;
  readonly payload: LogPayload;
  readonly label: Label | undefined;
}

interface LabelsSummary {
  /** Rows answered. */
  readonly rows: number;
  readonly labelled_rows: number;
  readonly versions: VersionQuality[];
}

interface Pairs {
  readonly model: string;
  readonly version: string;
  readonly role: VersionQuality['role'];
  readonly scores: number[];
  readonly labels: (0 | 1)[];
}

/** Joins predictions and labels row by row, for every version that predicted. */
export function summariseLabels(requests: Iterable<LabelledRequest>): LabelsSummary {
  const groups = new Map<string, Pairs>();
  let [rows, labelled] = [0, 0];
  for (const { row, payload, label } of requests) {
    const predictions = payload.response.predictions ?? [];
    rows += predictions.length;
    if (!label) continue;
    const truths = Array.isArray(label.label)
      ? (label.label as readonly LabelValue[])
      : [label.label as LabelValue];
    labelled += truths.filter((truth) => truth !== null).length;
    const { model, version } = row;
    if (model !== undefined && version !== undefined) {
      addPairs(groups, { model, version, role: 'answer' }, predictions, truths);
    }
    for (const shadow of payload.shadows) {
      addPairs(
        groups,
        { model: shadow.model, version: shadow.version, role: 'shadow' },
        shadow.predictions ?? [],
        truths,
      );
    }
  }
  const versions = [...groups.values()].flatMap(({ model, version, role, scores, labels }) => {
    const quality = classificationQuality(scores, labels);
    return quality ? { model, version, role, ...quality } : [];
  });
  versions.sort((a, b) => a.role.localeCompare(b.role) || b.rows - a.rows);
  return { rows, labelled_rows: labelled, versions };
}

function addPairs(
  groups: Map<string, Pairs>,
  of: Pick<Pairs, 'model' | 'version' | 'role'>,
  predictions: readonly unknown[],
  truths: readonly LabelValue[],
): void {
  const id = `${of.role} ${of.model}#${of.version}`;
  const pairs = groups.get(id) ?? { ...of, scores: [], labels: [] };
  groups.set(id, pairs);
  for (const [i, prediction] of predictions.entries()) {
    const truth = toBinary(truths[i] ?? null);
    const score = scoreOf(prediction);
    if (truth === undefined || score === undefined) continue;
    pairs.scores.push(score);
    pairs.labels.push(truth);
  }
}

/** The number a prediction is judged by: itself, or the first number of a record of outputs. */
export function scoreOf(prediction: unknown): number | undefined {
  if (typeof prediction === 'number') return prediction;
  if (typeof prediction !== 'object' || prediction === null) return undefined;
  return Object.values(prediction).find((value): value is number => typeof value === 'number');
}
