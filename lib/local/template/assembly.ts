import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A resource of a CloudFormation template, its intrinsics unresolved. */
export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
  readonly Condition?: string;
}

/** A parameter of a template. */
export interface TemplateParameter {
  readonly Type?: string;
  readonly Default?: string;
  /** True when the value is a secret, which is never shown. */
  readonly NoEcho?: boolean;
  readonly AllowedValues?: readonly string[];
  readonly AllowedPattern?: string;
  readonly MinLength?: number | string;
  readonly MaxLength?: number | string;
  readonly MinValue?: number | string;
  readonly MaxValue?: number | string;
}

export interface Template {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Parameters?: Readonly<Record<string, TemplateParameter>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Outputs?: Readonly<
    Record<string, { readonly Value: unknown; readonly Condition?: string }>
  >;
}

/** A synthesized stack: its template, and where its assets lie on this machine. */
export interface Assembly {
  readonly stackName: string;
  readonly template: Template;
  /** Folder or file of a file asset, by its hash. Throws for an unknown hash. */
  readonly assetPath: (hash: string) => string;
  /** Build folder of a container image asset, by its hash. Throws for an unknown hash. */
  readonly imageFolder: (hash: string) => string;
}

interface AssetsManifest {
  readonly files?: Readonly<Record<string, { readonly source: { readonly path: string } }>>;
  readonly dockerImages?: Readonly<
    Record<string, { readonly source: { readonly directory: string } }>
  >;
}

interface Artifact {
  readonly type: string;
  readonly properties?: { readonly templateFile?: string; readonly file?: string };
}

/** Reads the cloud assembly that `cdk synth` or `npm run build` wrote; it holds exactly one stack. */
export function readAssembly(folder: string): Assembly {
  const read = <T>(file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as T;
  const { artifacts } = read<{ artifacts: Record<string, Artifact> }>('manifest.json');
  const stacks = Object.entries(artifacts).filter(([, a]) => a.type === 'aws:cloudformation:stack');
  const [stack] = stacks;
  if (!stack || stacks.length > 1)
    throw new Error(`${folder} holds ${stacks.length} stacks, not one`);
  const [stackName, { properties }] = stack;
  const manifest = Object.values(artifacts).find((a) => a.type === 'cdk:asset-manifest');
  const assets = read<AssetsManifest>(manifest?.properties?.file ?? `${stackName}.assets.json`);
  return {
    stackName,
    template: read<Template>(properties?.templateFile ?? `${stackName}.template.json`),
    assetPath: (hash) => join(folder, known(assets.files?.[hash]?.source.path, hash)),
    imageFolder: (hash) => join(folder, known(assets.dockerImages?.[hash]?.source.directory, hash)),
  };
}

function known(path: string | undefined, hash: string): string {
  if (path === undefined) throw new Error(`The assembly has no asset ${hash}`);
  return path;
}
