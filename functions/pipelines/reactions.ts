import { on } from '../events/consume.ts';
import { DriftDetected, QualityDegraded } from '../monitoring/events.ts';
import { TrainingRequested } from './events.ts';
import { decideRetraining } from './retraining/decide-retraining.ts';
import { launchTraining } from './training/launch-training.ts';

/** What the function of pipelines does when it hears of something. */
export const pipelineReactions = [
  on(TrainingRequested, launchTraining),
  on(DriftDetected, decideRetraining),
  on(QualityDegraded, decideRetraining),
];
