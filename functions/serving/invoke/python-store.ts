import { requiredEnv } from '../../shared/env.ts';
import { DomainError } from '../../shared/errors.ts';
import { invokeFunction } from '../preparation/lambda-store.ts';
import type { PythonAnswer, ScoreInPython } from './python-scorer.ts';

/** Calls the function that scores Python models. */
export const scoreInPython: ScoreInPython = async (event) => {
  const output = await invokeFunction(requiredEnv('SERVING_PYTHON_FUNCTION'), event);
  if (output.functionError === undefined) return JSON.parse(output.text) as PythonAnswer;
  const { errorMessage } = JSON.parse(output.text) as { errorMessage?: string };
  throw new DomainError(
    'INTERNAL_ERROR',
    `The Python scorer failed: ${errorMessage ?? output.functionError}`,
  );
};
