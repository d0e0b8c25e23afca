import { DomainError, type ErrorCode } from '../../shared/errors.ts';
import type { LiveEntity } from '../endpoints/endpoint.ts';
import type { EnvironmentVars } from '../endpoints/environment-vars.ts';
import { ModelFailure, type Scorer, type ScoringRequest } from './scorer.ts';
import type { InputSpec } from './signature.ts';

/** Below the 29 s that a request of the HTTP API has, with time to log the answer. */
const TIMEOUT_MS = 26_000;

/** What the function of Python models answers: MLflow's answer as JSON text, or a refusal. */
export type PythonAnswer =
  | { readonly body: string }
  | {
      readonly error_code: string;
      readonly message: string;
      /** The request was read and kept the signature: the model itself raised. */
      readonly model_failed?: true;
    };

/** Which process answers: there is one for each artefact and set of variables. */
interface PythonProcess {
  readonly location: LiveEntity['location'];
  readonly environment_vars?: EnvironmentVars;
}

export type ScoreInPython = (event: {
  readonly score: PythonProcess & {
    readonly body: string;
    readonly content_type: string;
    readonly timeout_ms: number;
  };
}) => Promise<PythonAnswer>;

const CODES: readonly ErrorCode[] = [
  'BAD_REQUEST',
  'INVALID_PARAMETER_VALUE',
  'DEADLINE_EXCEEDED',
  'TEMPORARILY_UNAVAILABLE',
];

/**
 * Scores by MLflow's own scoring server code in the model's environment, where the signature is
 * enforced too: requests and answers pass through as they are.
 */
export function pythonScorer(
  process: PythonProcess,
  inputs: readonly InputSpec[] | undefined,
  score: ScoreInPython,
): Scorer {
  return {
    runtime: 'python',
    ...(inputs && { inputs }),
    score: async ({ body, contentType }: ScoringRequest) => {
      const answer = await score({
        score: {
          ...process,
          body: body.toString('utf8'),
          content_type: contentType,
          timeout_ms: TIMEOUT_MS,
        },
      });
      if ('body' in answer) return answer.body;
      const known = CODES.find((code) => code === answer.error_code);
      const Refusal = answer.model_failed ? ModelFailure : DomainError;
      throw new Refusal(known ?? 'INTERNAL_ERROR', answer.message);
    },
  };
}
