import { environmentId } from '../endpoints/environment-vars.ts';
import type { PrepareEvent } from './prepare-model.ts';
import type { Scorer } from './scorer.ts';

export type LoadModel = (entity: PrepareEvent['prepare']) => Promise<Scorer>;

/** Versions kept warm beside those that are served, for switches back. */
const MAX_UNSERVED = 12;

/** A quarter of the function's memory: the ONNX runtime has half of it, which it shares out itself. */
const MAX_BYTES = (Number(process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? 1024) * 2 ** 20) / 4;

interface Warm {
  readonly scorer: Promise<Scorer>;
  /** 0 until it is loaded. */
  bytes: number;
}

/** What tells a loaded version from others: one load for each and its variables, whoever serves it. */
export function modelId(entity: PrepareEvent['prepare']): string {
  const { model, version, location, deployed, environmentVars } = entity;
  const runs = [deployed?.variant, environmentId(environmentVars)];
  return [model, version, location.bucket, location.key, ...runs].join('#');
}

/** The versions that this process has loaded, those that were used longest ago first. */
export class WarmModels {
  readonly #loadModel: LoadModel;
  readonly #maxBytes: number;
  readonly #models = new Map<string, Warm>();

  constructor(loadModel: LoadModel, maxBytes = MAX_BYTES) {
    this.#loadModel = loadModel;
    this.#maxBytes = maxBytes;
  }

  /** One load per version and place; one that fails is tried again by the next call. */
  load(entity: PrepareEvent['prepare']): Promise<Scorer> {
    const id = modelId(entity);
    const known = this.#models.get(id);
    if (known) {
      this.use(id);
      return known.scorer;
    }
    const warm: Warm = { scorer: this.#loadModel(entity), bytes: 0 };
    this.#models.set(id, warm);
    warm.scorer.then(
      ({ bytes = 0 }) => {
        warm.bytes = bytes;
      },
      () => this.#forget(id, warm),
    );
    return warm.scorer;
  }

  use(id: string): void {
    const known = this.#models.get(id);
    if (!known) return;
    this.#models.delete(id);
    this.#models.set(id, known);
  }

  /** Lets go of those that were used longest ago, until the others have room. Answers their ids. */
  makeRoom(kept: ReadonlySet<string>, served: ReadonlySet<string>): string[] {
    let bytes = 0;
    let unserved = 0;
    for (const [id, warm] of this.#models) {
      bytes += warm.bytes;
      if (!served.has(id)) unserved++;
    }
    const gone: string[] = [];
    for (const [id, warm] of this.#models) {
      const isServed = served.has(id);
      const mustGo = bytes > this.#maxBytes ? warm.bytes > 0 : !isServed && unserved > MAX_UNSERVED;
      if (!mustGo || kept.has(id)) continue;
      this.#models.delete(id);
      bytes -= warm.bytes;
      if (!isServed) unserved--;
      warm.scorer.then((scorer) => scorer.release?.()).catch(() => undefined);
      gone.push(id);
    }
    return gone;
  }

  #forget(id: string, warm: Warm): void {
    if (this.#models.get(id) === warm) this.#models.delete(id);
  }
}
