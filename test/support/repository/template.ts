import type { EnvironmentName } from '../../../lib/environments.ts';
import { slipwayApp } from '../../../lib/slipway-app.ts';

export interface SynthesizedResource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
}

/** The resources of an environment's template, by logical id; CDK's own validation left out. */
export function synthesizedResources(name: EnvironmentName): Map<string, SynthesizedResource> {
  process.env.CDK_VALIDATION = 'false';
  const stack = slipwayApp(name).synth().stacks[0];
  const template = stack?.template as { Resources: Record<string, SynthesizedResource> };
  return new Map(Object.entries(template.Resources));
}

/** Resources of one type. */
export function ofType(resources: ReadonlyMap<string, SynthesizedResource>, type: string) {
  return [...resources].filter(([, resource]) => resource.Type === type);
}
