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
      const code = codeOf(now[id]);
      if (!code || isDeepStrictEqual(code, codeOf(old[id]))) continue;
      const name = String(now[id]?.Properties?.FunctionName ?? id);
      lambda.replaceCode(name, folderOf(code, fresh));
      functions.push(name);
    } else restart.push(id);
  }
  return { functions, restart };
}

interface Code {
  readonly S3Key?: string;
  /** Its tag is the hash of the image's asset; `Fn::Sub` while unresolved. */
  readonly ImageUri?: string | { readonly 'Fn::Sub': string };
}

const codeOf = (resource: TemplateResource | undefined) =>
  resource?.Type === 'AWS::Lambda::Function'
    ? (resource.Properties?.Code as Code | undefined)
    : undefined;

function folderOf({ S3Key, ImageUri }: Code, assembly: Assembly): string {
  if (S3Key !== undefined) return assembly.assetPath(S3Key.replace(/\.zip$/, ''));
  const uri = typeof ImageUri === 'object' ? ImageUri['Fn::Sub'] : (ImageUri ?? '');
  return assembly.imageFolder(uri.split(':').at(-1) ?? '');
}

/** Metadata names the asset too, and means nothing to a running host. */
function withoutCode(resource: TemplateResource | undefined) {
  if (!resource) return undefined;
  const { Type, Properties } = resource;
  return { Type, Properties: codeOf(resource) ? { ...Properties, Code: null } : Properties };
}
