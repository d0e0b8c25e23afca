import type { Objective } from '../../../../../functions/serving/scorers/gbdt-model.ts';
import { addDuration, parseDuration } from '../../../../../functions/shared/duration.ts';
import type { Hyperparameters } from '../hyperparameters.ts';
import { hashUnit } from '../random.ts';
import { TrainingError } from '../training-error.ts';
import type { Examples } from '../trees/boost.ts';
import {
  type Column,
  type FeatureColumn,
  type NumericColumn,
  type Table,
  takeRows,
} from './columns.ts';
import type { Window } from './read-channel.ts';

/** Rows with their label and, where there is one, their time. */
export interface Part extends Examples {
  readonly label: NumericColumn;
  readonly time?: Column;
}

export interface TrainingData {
  readonly objective: Objective;
  /** Rows that trees are grown on. */
  readonly train: Part;
  /** Rows that say when to stop; absent when none are wanted. */
  readonly valid?: Part;
  /** Rows that nothing is learned from. */
  readonly holdout: Part;
}

/** Share of the rows that is held out when no time decides. */
const HOLDOUT_SHARE = 0.2;

/** Parts the rows. Throws a TrainingError when a part would be empty or the label is unfit. */
export function splitData(
  table: Table,
  window: Window | undefined,
  settings: Hyperparameters,
): TrainingData {
  const label = labelOf(table, settings.label);
  const objective = objectiveOf(label, settings);
  const time = table.columns.find(({ name }) => name === settings.time_column);
  const features = table.columns.filter(
    (column): column is FeatureColumn => column !== label && column !== time && isFeature(column),
  );
  if (features.length === 0) throw new TrainingError('No column is left to learn from');
  const groups = assign(table.rows, time, window, settings);
  const all: Part = { label, labels: label.values, features, ...(time && { time }) };
  const part = (group: Group) =>
    pick(
      all,
      Uint32Array.from(groups.keys()).filter((row) => groups[row] === group),
    );
  const [train, valid, holdout] = [
    part(TRAIN),
    part(VALID),
    thin(part(HOLDOUT), settings.max_holdout_rows),
  ];
  if (train.labels.length === 0) throw new TrainingError('No rows are left to train on');
  if (holdout.labels.length === 0) throw new TrainingError('No rows are left to hold out');
  if (objective === 'binary') requireBothClasses(train.labels);
  const data = { objective, train, holdout };
  return valid.labels.length > 0 ? { ...data, valid } : data;
}

type Group = 0 | 1 | 2;
const [TRAIN, VALID, HOLDOUT] = [0, 1, 2] as const;

function assign(
  rows: number,
  time: Column | undefined,
  window: Window | undefined,
  { holdout, validation_fraction, seed }: Hyperparameters,
): Uint8Array {
  const groups = new Uint8Array(rows);
  const boundary =
    window && holdout ? addDuration(window.end, parseDuration(holdout), -1) : undefined;
  for (let row = 0; row < rows; row++) {
    const held =
      boundary !== undefined && time?.kind === 'time'
        ? (time.values[row] ?? 0) >= boundary
        : hashUnit(row, seed) < HOLDOUT_SHARE;
    if (held) groups[row] = HOLDOUT;
    // Another stream than the hold-out's, or its rows would be those with the largest numbers left.
    else if (hashUnit(row, seed + 1_000_003) < validation_fraction) groups[row] = VALID;
    else groups[row] = TRAIN;
  }
  return groups;
}

function pick({ label, features, time }: Part, rows: Uint32Array): Part {
  const own = takeRows(label, rows);
  return {
    label: own,
    labels: own.values,
    features: features.map((column) => takeRows(column, rows)),
    ...(time && { time: takeRows(time, rows) }),
  };
}

/** At most so many rows, evenly spread over all. */
function thin(part: Part, most: number): Part {
  const rows = part.labels.length;
  if (rows <= most) return part;
  return pick(
    part,
    Uint32Array.from({ length: most }, (_, i) => Math.floor((i * rows) / most)),
  );
}

function labelOf(table: Table, name: string): NumericColumn {
  const column = table.columns.find((candidate) => candidate.name === name);
  if (column?.kind !== 'numeric') {
    throw new TrainingError(`The label '${name}' must hold numbers or booleans`);
  }
  const missing = column.values.filter((value) => !Number.isFinite(value)).length;
  if (missing > 0)
    throw new TrainingError(`${missing} of ${table.rows} rows have no label '${name}'`);
  return column;
}

function objectiveOf({ name, values }: NumericColumn, { objective }: Hyperparameters): Objective {
  const isBinary = values.every((value) => value === 0 || value === 1);
  if (objective === 'auto') return isBinary ? 'binary' : 'regression';
  if (objective === 'binary' && !isBinary) {
    throw new TrainingError(`The label '${name}' holds other values than 0 and 1`);
  }
  return objective;
}

function requireBothClasses(labels: Float64Array): void {
  if (labels.includes(0) && labels.includes(1)) return;
  throw new TrainingError(`All ${labels.length} training rows have the label ${labels[0]}`);
}

function isFeature(column: Column): boolean {
  if (column.kind !== 'time') return true;
  throw new TrainingError(
    `Column '${column.name}' holds times, which trees cannot use as such; exclude it or derive ` +
      'numbers from it',
  );
}
