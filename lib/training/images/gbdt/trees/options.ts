import * as z from 'zod';
import type { Objective } from '../../../../../functions/serving/scorers/gbdt-model.ts';

const number = z.coerce.number();
const share = number.gt(0).max(1);

/** Settings of the boosting, by the names of the hyperparameters; defaults close to LightGBM's. */
export const boostOptions = z.object({
  trees: number.int().min(1).max(10_000).default(200),
  learning_rate: number.gt(0).max(1).default(0.1),
  max_leaves: number.int().min(2).max(4096).default(31),
  max_depth: number.int().min(1).max(64).default(64),
  max_bins: number.int().min(3).max(256).default(255),
  min_child_samples: number.int().min(1).default(20),
  min_child_weight: number.min(0).default(1e-3),
  min_gain: number.min(0).default(0),
  lambda_l2: number.min(0).default(0),
  /** Share of the features that each tree may use. */
  feature_fraction: share.default(1),
  /** Share of the rows that each tree is grown on. */
  bagging_fraction: share.default(1),
  cat_smooth: number.min(0).default(10),
  cat_l2: number.min(0).default(10),
  max_cat_threshold: number.int().min(1).default(64),
  min_category_rows: number.int().min(1).default(100),
  /** Stop when the validation loss has not fallen for so many trees; 0 never stops early. */
  early_stopping_rounds: number.int().min(0).default(20),
  seed: number
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(1),
});

export type BoostOptions = z.infer<typeof boostOptions> & { readonly objective: Objective };
