import type { Feature } from '../../../../../functions/serving/scorers/gbdt-model.ts';
import type { GrownTree } from './tree.ts';

export interface FeatureImportance {
  readonly feature: string;
  /** Sum of the gains of the splits by this feature. */
  readonly gain: number;
  /** `gain` as a share of all features' gains. */
  readonly share: number;
  /** Number of splits by this feature. */
  readonly splits: number;
}

/** What each feature brought, the most useful first. */
export function importanceOf(
  features: readonly Feature[],
  trees: readonly GrownTree[],
): FeatureImportance[] {
  const gains = new Float64Array(features.length);
  const splits = new Uint32Array(features.length);
  for (const { nodes } of trees) {
    for (const { split } of nodes) {
      gains[split.feature] = (gains[split.feature] ?? 0) + split.gain;
      splits[split.feature] = (splits[split.feature] ?? 0) + 1;
    }
  }
  const total = gains.reduce((sum, gain) => sum + gain, 0);
  return features
    .map(({ name }, f) => ({
      feature: name,
      gain: gains[f] ?? 0,
      share: total > 0 ? (gains[f] ?? 0) / total : 0,
      splits: splits[f] ?? 0,
    }))
    .sort((a, b) => b.gain - a.gain);
}
