import { invalid } from '../../shared/errors.ts';
import type { LiveEntity } from '../endpoints/endpoint.ts';
import { flavors } from './flavors.ts';
import {
  loadDescribed,
  type MlModel,
  nativeFlavor,
  type ReadFile,
  readDescription,
} from './load-model.ts';
import { pythonScorer, type ScoreInPython } from './python-scorer.ts';
import { type ScoreOnSageMaker, sageMakerScorer } from './sagemaker-scorer.ts';
import { nativeScorer, type Scorer } from './scorer.ts';
import { type InputSpec, parseInputs } from './signature.ts';
import { tensorSignature } from './tensor-metadata.ts';

type Served = Pick<LiveEntity, 'location' | 'deployed' | 'environmentVars'>;

/** Those that answer outside of this process. */
interface Elsewhere {
  readonly python: ScoreInPython;
  readonly sageMaker: ScoreOnSageMaker;
}

/**
 * The scorer of a version: in this process when one of its flavors is scored here, else in Python
 * when it has the flavor `python_function` or says itself that Python is to score it, or by SageMaker
 * where it is deployed. Throws INVALID_PARAMETER_VALUE with the reason when it cannot be served.
 */
export async function loadScorer(
  entity: Served,
  read: ReadFile,
  elsewhere: Elsewhere,
): Promise<Scorer> {
  const description = await readDescription(read);
  const scorer = await scorerOf(description, entity, read, elsewhere);
  const tensors = tensorSignature(description?.signature);
  return { ...scorer, ...(tensors && { tensors }) };
}

async function scorerOf(
  description: MlModel | null,
  { location, deployed, environmentVars }: Served,
  read: ReadFile,
  { python, sageMaker }: Elsewhere,
): Promise<Scorer> {
  const present = Object.keys(description?.flavors ?? {});
  if (deployed) {
    if (!present.includes('python_function')) {
      throw invalid(`flavor python_function is missing, which its instances would load`);
    }
    return sageMakerScorer(deployed, namedInputs(description?.signature?.inputs), sageMaker);
  }
  if (nativeFlavor(description, flavors) || !present.includes('python_function')) {
    return nativeScorer(await loadDescribed(description, read, flavors));
  }
  const process = { location, ...(environmentVars && { environment_vars: environmentVars }) };
  return pythonScorer(process, namedInputs(description?.signature?.inputs), python);
}

/** Named columns, for descriptions; the rules of a signature are kept by MLflow itself. */
export function namedInputs(text: string | null | undefined): InputSpec[] | undefined {
  try {
    return text ? parseInputs(text) : undefined;
  } catch {
    return undefined;
  }
}
