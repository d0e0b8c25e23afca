import { taskHandler } from '../events/tasks.ts';
import { endTokens } from './training/end-tokens.ts';
import { prepareTraining } from './training/prepare-training.ts';
import { recordFailure, recordSuccess } from './training/record-outcome.ts';
import { prepareTrial } from './tuning/prepare-trial.ts';
import { recordTrial, recordTrialFailure } from './tuning/record-trial.ts';
import { registerBest } from './tuning/register-best.ts';

type Input = Readonly<Record<string, unknown>>;

const id = (input: Input) => String(input.execution_id);
const trial = (input: Input) => Number(input.trial);
const seconds = ({ billable_seconds: value }: Input) =>
  typeof value === 'number' ? value : undefined;
const failure = ({ error, cause }: Input) => ({
  error: String(error ?? ''),
  cause: String(cause ?? ''),
});

/** Tasks of the state machine `train`. */
export const handler = taskHandler({
  'prepare-training': (input, context) => prepareTraining(id(input), context),
  'prepare-trial': (input, context) => prepareTrial(id(input), trial(input), context),
  'record-trial': (input, context) => recordTrial(id(input), trial(input), seconds(input), context),
  'record-trial-failure': (input, context) =>
    recordTrialFailure(id(input), trial(input), failure(input), context),
  'register-best': (input, context) => registerBest(id(input), context),
  'record-success': (input, context) => recordSuccess(id(input), seconds(input), context),
  'end-tokens': (input) => endTokens(id(input)),
  'record-failure': (input, context) => recordFailure(id(input), failure(input), context),
});
