import { DomainError } from '../../shared/errors.ts';
import type { LoadedModel } from './load-model.ts';
import type { RequestTable } from './request-table.ts';
import { enforceSignature, type InputSpec } from './signature.ts';
import type { TensorSignature } from './tensor-metadata.ts';

/** A request as scorers take it. */
export interface ScoringRequest {
  /** As it was sent. */
  readonly body: Buffer;
  readonly contentType: string;
  /** Its rows. Throws INVALID_PARAMETER_VALUE when it has none that a table could hold. */
  readonly table: () => RequestTable;
}

/**
 * The model raised at a request that it could read. MLflow's scoring server answers that with 400, and so
 * does Slipway; it is the version's failure all the same, and not its caller's.
 */
export class ModelFailure extends DomainError {}

/** A version that answers requests, wherever it is scored. */
export interface Scorer {
  /** `native`: in this process. */
  readonly runtime: 'native' | 'python' | 'sagemaker';
  readonly inputs?: readonly InputSpec[];
  /** Of a signature of tensors. */
  readonly tensors?: TensorSignature;
  /** JSON text of the answer: `{"predictions": …}`. */
  score(request: ScoringRequest): Promise<string>;
  /** Gives memory back; the version may be asked again. */
  release?(): Promise<void>;
  /** What it takes of this process's memory, about. */
  readonly bytes?: number;
}

/** Scores in this process. */
export function nativeScorer(model: LoadedModel): Scorer {
  return {
    runtime: 'native',
    ...(model.inputs && { inputs: model.inputs }),
    ...(model.release && { release: model.release }),
    ...(model.bytes !== undefined && { bytes: model.bytes }),
    score: async (request) => {
      if (model.answer) return JSON.stringify({ predictions: await model.answer(request) });
      const table = request.table();
      const input = table.rows.length === 0 ? undefined : enforceSignature(table, model.inputs);
      return JSON.stringify({ predictions: input ? await model.predict(input) : [] });
    },
  };
}
