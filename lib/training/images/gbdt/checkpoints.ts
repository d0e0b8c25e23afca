import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TrainingData } from './data/split-data.ts';
import type { Hyperparameters } from './hyperparameters.ts';
import { digestOf } from './model/outputs.ts';
import type { Step } from './trees/boost.ts';
import { boostOptions } from './trees/options.ts';
import type { GrownTree } from './trees/tree.ts';

/** A tree as it was grown, with the time at which it was. */
interface KeptStep extends Step {
  /** Epoch milliseconds. */
  readonly at: number;
}

interface Content {
  /** Which training the trees are of. */
  readonly training: string;
  readonly steps: readonly (Omit<KeptStep, 'tree'> & { readonly tree: KeptTree })[];
}

interface KeptTree {
  readonly nodes: readonly {
    readonly feature: number;
    readonly gain: number;
    readonly bin: number;
    /** A digit for each bin: 1 goes left. */
    readonly goes_left: string;
    readonly left: number;
    readonly right: number;
  }[];
  readonly values: readonly number[];
}

/** Changes when trees of an earlier program must not be taken over. */
const FORMAT = 1;

/**
 * What was trained, below `root/checkpoints`: SageMaker stores the files of that folder, and gives them to
 * the instance that a job starts over on. Every `checkpoint_trees` trees become a file of their own, which
 * is whole once it has its name.
 * https://docs.aws.amazon.com/sagemaker/latest/dg/model-checkpoints.html
 */
export class Checkpoints {
  private readonly folder: string;
  private readonly every: number;
  private readonly training: string;
  private waiting: KeptStep[] = [];

  constructor(root: string, settings: Hyperparameters, data: TrainingData) {
    this.folder = join(root, 'checkpoints');
    this.every = settings.checkpoint_trees;
    this.training = this.every > 0 ? fingerprint(settings, data) : '';
  }

  /** The trees of earlier runs, from the first on without a gap; those of another training are none. */
  read(): KeptStep[] {
    const steps: KeptStep[] = [];
    if (this.every === 0) return steps;
    mkdirSync(this.folder, { recursive: true });
    for (const name of readdirSync(this.folder).sort()) {
      if (name !== fileOf(steps.length)) continue;
      const { training, steps: more } = JSON.parse(
        readFileSync(join(this.folder, name), 'utf8'),
      ) as Content;
      if (training !== this.training) break;
      steps.push(...more.map((step) => ({ ...step, tree: unpack(step.tree) })));
    }
    return steps;
  }

  /** Takes the next tree; trees are written when there are enough of them. */
  add(step: KeptStep): void {
    if (this.every === 0) return;
    this.waiting.push(step);
    if (this.waiting.length >= this.every) this.write();
  }

  /** Writes the trees that are not written yet. */
  write(): void {
    const [first] = this.waiting;
    if (!first) return;
    const steps = this.waiting.map((step) => ({ ...step, tree: pack(step.tree) }));
    const file = join(this.folder, fileOf(first.trees - 1));
    const content: Content = { training: this.training, steps };
    writeFileSync(`${file}.part`, JSON.stringify(content));
    renameSync(`${file}.part`, file);
    this.waiting = [];
  }
}

/** Name of the file whose first tree has so many before it; names sort as their trees do. */
const fileOf = (before: number) => `trees-${String(before).padStart(5, '0')}.json`;

/** Equal for trainings that grow the same trees. */
function fingerprint(settings: Hyperparameters, data: TrainingData): string {
  const { train, valid, objective } = data;
  const options = boostOptions.parse(settings);
  const rows = [train, ...(valid ? [valid] : [])].map(digestOf);
  const text = JSON.stringify([FORMAT, objective, options, rows]);
  return createHash('sha256').update(text).digest('hex');
}

const pack = ({ nodes, values }: GrownTree): KeptTree => ({
  nodes: nodes.map(({ split: { feature, gain, bin, goesLeft }, left, right }) => ({
    feature,
    gain,
    bin,
    left,
    right,
    goes_left: goesLeft.join(''),
  })),
  values: Array.from(values),
});

const unpack = ({ nodes, values }: KeptTree): GrownTree => ({
  nodes: nodes.map(({ feature, gain, bin, goes_left, left, right }) => ({
    split: { feature, gain, bin, goesLeft: Uint8Array.from(goes_left, Number) },
    left,
    right,
  })),
  values: Float64Array.from(values),
});
