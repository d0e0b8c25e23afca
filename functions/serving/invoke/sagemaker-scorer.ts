import { DomainError, type ErrorCode } from '../../shared/errors.ts';
import type { Deployed } from '../endpoints/endpoint.ts';
import { ModelFailure, type Scorer, type ScoringRequest } from './scorer.ts';
import type { InputSpec } from './signature.ts';

/** What SageMaker answered: the container's answer, or a refusal. */
export type SageMakerAnswer =
  | { readonly body: string }
  /** `status` and `message` are the container's own; absent when none has answered. */
  | { readonly error: string; readonly status?: number; readonly message: string };

export type ScoreOnSageMaker = (
  deployed: Deployed,
  request: { readonly body: Buffer; readonly contentType: string },
) => Promise<SageMakerAnswer>;

/** Refusals of the service that another attempt may not meet. */
const PASSING = /^(ServiceUnavailable|InternalFailure|ModelNotReady|Throttling|InternalDependency)/;

const CODES: readonly ErrorCode[] = [
  'BAD_REQUEST',
  'INVALID_PARAMETER_VALUE',
  'DEADLINE_EXCEEDED',
  'TEMPORARILY_UNAVAILABLE',
];

/** Scores in a container of SageMaker: requests and answers pass through as they are. */
export function sageMakerScorer(
  deployed: Deployed,
  inputs: readonly InputSpec[] | undefined,
  score: ScoreOnSageMaker,
): Scorer {
  return {
    runtime: 'sagemaker',
    ...(inputs && { inputs }),
    score: async ({ body, contentType }: ScoringRequest) => {
      const answer = await score(deployed, { body, contentType });
      if ('body' in answer) return answer.body;
      throw refusalOf(answer);
    },
  };
}

/** The container's own refusal, when it is one that the caller can do something about. */
export function refusalOf(answer: Exclude<SageMakerAnswer, { body: string }>): DomainError {
  const { error, status, message } = answer;
  if (PASSING.test(error)) return new DomainError('TEMPORARILY_UNAVAILABLE', message);
  const told = parse(message);
  const known = CODES.find((code) => code === told.error_code);
  const Refusal = told.model_failed ? ModelFailure : DomainError;
  if (known) return new Refusal(known, told.message ?? message);
  if (status !== undefined && status >= 400 && status < 500) {
    return new DomainError('BAD_REQUEST', told.message ?? message);
  }
  return new DomainError(
    'INTERNAL_ERROR',
    `The model's container failed: ${told.message ?? message}`,
  );
}

function parse(text: string): { error_code?: string; message?: string; model_failed?: boolean } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // A text that is no JSON is the message itself.
  }
  return {};
}
