import type { LiveEntity } from '../endpoint.ts';
import { flavors } from './flavors.ts';
import { loadDescribed, nativeFlavor, type ReadFile, readDescription } from './load-model.ts';
import { pythonScorer, type ScoreInPython } from './python-scorer.ts';
import { nativeScorer, type Scorer } from './scorer.ts';
import { type InputSpec, parseInputs } from './signature.ts';

/**
 * The scorer of a version: in this process when one of its flavors is scored here, else in Python
 * when it has the flavor `python_function`, or says itself that Python is to score it. Throws INVALID_PARAMETER_VALUE with the reason when it
 * cannot be served.
 */
export async function loadScorer(
  location: LiveEntity['location'],
  read: ReadFile,
  score: ScoreInPython,
): Promise<Scorer> {
  const description = await readDescription(read);
  const present = Object.keys(description?.flavors ?? {});
  if (nativeFlavor(description, flavors) || !present.includes('python_function')) {
    return nativeScorer(await loadDescribed(description, read, flavors));
  }
  return pythonScorer(location, namedInputs(description?.signature?.inputs), score);
}

/** Named columns, for descriptions; the rules of a signature are kept by MLflow itself. */
function namedInputs(text: string | null | undefined): InputSpec[] | undefined {
  try {
    return text ? parseInputs(text) : undefined;
  } catch {
    return undefined;
  }
}
