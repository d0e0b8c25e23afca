import { isDeepStrictEqual } from 'node:util';
import type { LambdaService } from './lambda/index.ts';
import type { Assembly, TemplateResource } from './template/assembly.ts';

export interface Reloaded {
  /** Names of the functions that have other code now. */
  readonly functions: readonly string[];
  /** Logical ids of resources that differ in more than code: they need a restart. */
  readonly restart: readonly string[];
}

/** Gives a host that runs one assembly the code of another, built anew. */
export function reload(running: Assembly, fresh: Assembly, lambda: LambdaService): Reloaded {
  const functions: string[] = [];
  const restart: string[] = [];
  const { Resources: old } = running.template;
  const { Resources: now } = fresh.template;
  for (const id of new Set([...Object.keys(old), ...Object.keys(now)])) {
    if (isDeepStrictEqual(withoutCode(old[id]), withoutCode(now[id]))) {
      const key = codeKey(now[id]);
      if (key === undefined || key === codeKey(old[id])) continue;
      const name = String(now[id]?.Properties?.FunctionName ?? id);
      lambda.replaceCode(name, fresh.assetPath(key));
      functions.push(name);
    } else restart.push(id);
  }
  return { functions, restart };
}

const codeOf = (resource: TemplateResource | undefined) =>
  resource?.Type === 'AWS::Lambda::Function'
    ? (resource.Properties?.Code as { S3Key?: string } | undefined)
    : undefined;

const codeKey = (resource: TemplateResource | undefined) =>
  codeOf(resource)?.S3Key?.replace(/\.zip$/, '');

/** Metadata names the asset too, and means nothing to a running host. */
function withoutCode(resource: TemplateResource | undefined) {
  if (!resource) return undefined;
  const { Type, Properties } = resource;
  return { Type, Properties: codeOf(resource) ? { ...Properties, Code: null } : Properties };
}
