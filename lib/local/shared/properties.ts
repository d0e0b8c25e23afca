import type { PropertySpec } from '../service.ts';

/** A template asks for something that this machine cannot do: the start stops with this line. */
export class UnsupportedError extends Error {
  override readonly name = 'UnsupportedError';
}

/** Refuses a property that the provider does not honour, naming the logical id and the path. */
export function checkProperties(
  logicalId: string,
  type: string,
  properties: unknown,
  spec: PropertySpec,
  path = '',
): void {
  if (Array.isArray(properties)) {
    for (const item of properties) checkProperties(logicalId, type, item, spec, path);
    return;
  }
  if (properties === null || typeof properties !== 'object') return;
  for (const [name, value] of Object.entries(properties)) {
    const at = path ? `${path}.${name}` : name;
    const rule = Object.hasOwn(spec, name) ? spec[name] : undefined;
    if (rule === undefined) {
      throw new UnsupportedError(`${logicalId} (${type}): property ${at} is not supported locally`);
    }
    if (typeof rule === 'object') checkProperties(logicalId, type, value, rule, at);
  }
}
