import { requiredEnv } from '../../shared/env.ts';
import { invalid } from '../../shared/errors.ts';

/** Beginnings of keys that only the platform writes and reads: logs, queues, environments and jobs of others. */
const OWN = ['environments/', 'inference-', 'training/'];

/** Everybody may read artifacts of runs. Only the artifact endpoints check who may write them, so no result goes there. */
const ARTIFACTS = 'mlflow-artifacts/';

/** Key of an address in the platform's bucket. Throws INVALID_PARAMETER_VALUE for another bucket. */
export function keyOf(text: string): string {
  const prefix = `s3://${requiredEnv('ARTIFACTS_BUCKET')}/`;
  if (!text.startsWith(prefix))
    throw invalid(`${text} does not lie in the platform's bucket, ${prefix}`);
  return text.slice(prefix.length);
}

/**
 * Throws INVALID_PARAMETER_VALUE for an input or output in another bucket or where the platform keeps its
 * own, and for results that would be scored: a job reads and writes with the platform's rights, not its
 * caller's.
 */
export function checkAddresses(input: string, output: string): void {
  // The input is every key that begins so, the output every key below.
  const [begin, below] = [keyOf(input), `${keyOf(output)}/`];
  const read = OWN.find((own) => begin.startsWith(own) || own.startsWith(begin));
  if (read) throw invalid(`input must not take in ${read}…, which is the platform's own`);
  const written = [...OWN, ARTIFACTS].find((own) => below.startsWith(own));
  if (written) throw invalid(`output must not lie below ${written}…, which is the platform's own`);
  if (below.startsWith(begin)) {
    throw invalid('output must not lie below input: results would be scored');
  }
}
