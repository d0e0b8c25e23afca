/** Ground truth of one value; null stands for a row whose truth is not known yet. */
export type LabelValue = number | boolean | string | null;

/** What was reported for a request: one value, or one per row of the request. */
export interface Label {
  /** The client's id of the request, else ours: what a repeated request has in common. */
  readonly identity: string;
  readonly label: LabelValue | readonly LabelValue[];
  /** Event time of the label, epoch milliseconds. */
  readonly time: number;
}

/** 0 or 1 for what a binary classifier may be told; undefined for anything else. */
export function toBinary(value: LabelValue): 0 | 1 | undefined {
  if (value === true || value === 1) return 1;
  if (value === false || value === 0) return 0;
  return undefined;
}
