import { artifactLocation } from './artifact-location.ts';
import { readSmallFile } from './small-file-store.ts';

/**
 * The inputs that the signature of a model names, as the JSON text that `MLmodel` holds; undefined when
 * there is no such file, or no signature in it.
 */
export async function signatureInputs(model: string): Promise<string | undefined> {
  try {
    const file = await readSmallFile(await artifactLocation(`${model.replace(/\/$/, '')}/MLmodel`));
    if (file === undefined) return undefined;
    // Brought up here only: a start of the function has no use for it.
    const { load } = await import('js-yaml');
    const { signature } = load(file) as { signature?: { inputs?: unknown } | null };
    return typeof signature?.inputs === 'string' ? signature.inputs : undefined;
  } catch {
    // An address that nothing here reads, or a file that is no YAML: nothing is known then.
    return undefined;
  }
}
