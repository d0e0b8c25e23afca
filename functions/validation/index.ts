export {
  type Candidate,
  loadCandidate,
  ofChampion,
  scoreRows,
  scoreTable,
  tableOf,
} from './candidate.ts';
export { parseRows } from './evaluation-rows.ts';
export {
  columnScores,
  type EvaluationSet,
  hasClasses,
  pick,
  requireClasses,
} from './evaluation-set.ts';
export { readEvaluationSet } from './evaluation-store.ts';
export { directionOf, isOfClasses, metricValue, weightedMetric } from './metrics.ts';
export { modelFiles } from './model-files-store.ts';
export { pythonLocations } from './python-locations.ts';
export { type Location, pythonModel } from './python-model.ts';
export { scoreInPython } from './python-store.ts';
export { timePredictions } from './time-predictions.ts';
export { within } from './validation.ts';
