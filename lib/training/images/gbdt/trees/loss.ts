import type { Objective } from '../../../../../functions/serving/scorers/gbdt-model.ts';
import { sigmoid } from '../../../../../functions/serving/scorers/input.ts';

/** The loss that boosting reduces, in terms of raw scores. */
interface Loss {
  /** The best constant raw score. */
  baseScore(labels: Float64Array): number;
  /** First and second derivatives of the loss at the raw scores. */
  derivatives(
    raw: Float64Array,
    labels: Float64Array,
    gradients: Float64Array,
    hessians: Float64Array,
  ): void;
  /** Mean loss: nats for `binary`, squared error for `regression`. */
  mean(raw: Float64Array, labels: Float64Array): number;
}

const average = (values: Float64Array) => values.reduce((sum, v) => sum + v, 0) / values.length;

const binary: Loss = {
  baseScore(labels) {
    const share = average(labels);
    return Math.log(share / (1 - share));
  },
  derivatives(raw, labels, gradients, hessians) {
    for (let i = 0; i < raw.length; i++) {
      const p = sigmoid(raw[i] as number);
      gradients[i] = p - (labels[i] as number);
      hessians[i] = p * (1 - p);
    }
  },
  mean(raw, labels) {
    let sum = 0;
    for (let i = 0; i < raw.length; i++) {
      const score = raw[i] as number;
      // log(1 + exp(±score)) without overflow.
      const z = (labels[i] as number) > 0 ? -score : score;
      sum += Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
    }
    return sum / raw.length;
  },
};

const regression: Loss = {
  baseScore: average,
  derivatives(raw, labels, gradients, hessians) {
    for (let i = 0; i < raw.length; i++) {
      gradients[i] = (raw[i] as number) - (labels[i] as number);
      hessians[i] = 1;
    }
  },
  mean(raw, labels) {
    let sum = 0;
    for (let i = 0; i < raw.length; i++) sum += ((raw[i] as number) - (labels[i] as number)) ** 2;
    return sum / raw.length;
  },
};

export const LOSSES: Readonly<Record<Objective, Loss>> = { binary, regression };
