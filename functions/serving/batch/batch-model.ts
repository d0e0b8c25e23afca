import { pythonModel, scoreInPython } from '../../validation/index.ts';
import { flavors } from '../invoke/flavors.ts';
import {
  type LoadedModel,
  loadDescribed,
  nativeFlavor,
  type ReadFile,
  readDescription,
} from '../invoke/load-model.ts';
import { namedInputs } from '../invoke/load-scorer.ts';
import type { ScoreInPython } from '../invoke/python-scorer.ts';
import type { Batch } from './batch.ts';

/** Refusals of rows: other rows may be answered. */
const REFUSALS = new Set(['BAD_REQUEST', 'INVALID_PARAMETER_VALUE']);
/** A model may be loading for longer than one request waits. */
const MAX_ATTEMPTS = 3;

/** The model of a batch: in this process where one of its flavors is scored here, else in Python. */
export async function batchModel(
  location: Batch['location'],
  read: ReadFile,
  score: ScoreInPython = scoreInPython,
): Promise<LoadedModel> {
  const description = await readDescription(read);
  const isPython = description?.flavors?.python_function !== undefined;
  if (nativeFlavor(description, flavors) || !isPython) {
    return loadDescribed(description, read, flavors);
  }
  const inputs = namedInputs(description.signature?.inputs);
  return pythonModel(location, inputs, { unbuilt: '', score: refusalsOnly(score) });
}

/** Halves of the rows are tried where the model refuses some; whatever else goes wrong ends the part. */
const refusalsOnly =
  (score: ScoreInPython): ScoreInPython =>
  async (event) => {
    for (let attempt = 1; ; attempt++) {
      const answer = await score(event).catch((cause: Error) => {
        throw new Error(cause.message, { cause });
      });
      if ('body' in answer || REFUSALS.has(answer.error_code)) return answer;
      const isLoading = answer.error_code === 'TEMPORARILY_UNAVAILABLE';
      if (!isLoading || attempt === MAX_ATTEMPTS) throw new Error(answer.message);
    }
  };
