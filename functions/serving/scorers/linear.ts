import { invalid } from '../../shared/errors.ts';
import { columnOf, type Scorer, sigmoid, toFeature } from './input.ts';

/** The file of the flavor `slipway.linear`: `intercept + Σ weight·feature`, a missing value is imputed. */
interface LinearModel {
  readonly format: 'slipway.linear';
  readonly version: 1;
  readonly objective: 'binary' | 'regression';
  readonly intercept: number;
  readonly features: readonly {
    readonly name: string;
    readonly weight: number;
    /** Stands in for a missing value. */
    readonly impute: number;
  }[];
}

/** Loads the model file of the flavor `slipway.linear`. Throws INVALID_PARAMETER_VALUE when it is none. */
export function loadLinear(text: string): Scorer {
  const { features, intercept, objective } = parseLinear(text);
  return {
    score(input) {
      const scores = new Float64Array(input.length).fill(intercept);
      for (const { name, weight, impute } of features) {
        const values = columnOf(input, name);
        for (let row = 0; row < input.length; row++) {
          const value = toFeature(values[row], name);
          scores[row] = (scores[row] ?? 0) + weight * (Number.isNaN(value) ? impute : value);
        }
      }
      return objective === 'binary' ? scores.map(sigmoid) : scores;
    },
  };
}

function parseLinear(text: string): LinearModel {
  let model: LinearModel;
  try {
    model = JSON.parse(text) as LinearModel;
  } catch (error) {
    throw invalid(`The linear model is not valid JSON: ${(error as Error).message}`);
  }
  if (model?.format !== 'slipway.linear' || model.version !== 1) {
    throw invalid("The linear model must have format 'slipway.linear' and version 1");
  }
  if (model.objective !== 'binary' && model.objective !== 'regression') {
    throw invalid(`The linear model has the unknown objective ${JSON.stringify(model.objective)}`);
  }
  if (!Number.isFinite(model.intercept)) throw invalid('intercept must be a finite number');
  if (!Array.isArray(model.features)) throw invalid('The linear model must have features');
  for (const [i, feature] of model.features.entries()) {
    const { name, weight, impute } = feature ?? {};
    if (typeof name !== 'string' || !Number.isFinite(weight) || !Number.isFinite(impute)) {
      throw invalid(`features[${i}] must have a name, a weight and a value to impute`);
    }
  }
  return model;
}
