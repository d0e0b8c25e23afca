import { locationOf, toWireVersion, versionNumber } from './model-version.ts';
import { getVersion } from './version-store.ts';

/** A version with its aliases, in wire form. */
export async function describeVersion(input: {
  readonly name: string;
  readonly version: string;
}): Promise<object> {
  const number = versionNumber(input.version);
  return toWireVersion(await getVersion(input.name, number));
}

/** Where the version's files are. */
export async function downloadUri(input: {
  readonly name: string;
  readonly version: string;
}): Promise<{ artifact_uri: string }> {
  const version = await getVersion(input.name, versionNumber(input.version));
  return { artifact_uri: locationOf(version) };
}
