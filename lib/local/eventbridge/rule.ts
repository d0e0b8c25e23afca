import { UnsupportedError } from '../shared/properties.ts';
import { compilePattern, type Pattern } from './pattern.ts';
import type { BusEvent } from './put-events.ts';

export interface Target {
  readonly id: string;
  readonly arn: string;
  readonly deadLetterArn?: string;
  /** JSON text that the target gets of an event. */
  readonly transform: (event: BusEvent) => string;
}

export interface Rule {
  readonly name: string;
  readonly bus: string;
  readonly matches: (event: BusEvent) => boolean;
  readonly targets: readonly Target[];
}

interface TargetProperties {
  readonly Id: string;
  readonly Arn: string;
  readonly DeadLetterConfig?: { readonly Arn: string };
  readonly Input?: string;
  readonly InputPath?: string;
}

/** A rule from its CloudFormation properties. */
export function compileRule(
  logicalId: string,
  properties: Readonly<Record<string, unknown>>,
): Rule {
  const targets = (properties.Targets ?? []) as readonly TargetProperties[];
  if (properties.State === 'DISABLED') {
    throw new UnsupportedError(`${logicalId}: a disabled rule is not supported locally`);
  }
  return {
    name: String(properties.Name ?? logicalId),
    bus: String(properties.EventBusName ?? 'default'),
    matches: compilePattern(properties.EventPattern as Pattern),
    targets: targets.map((target) => ({
      id: target.Id,
      arn: target.Arn,
      ...(target.DeadLetterConfig && { deadLetterArn: target.DeadLetterConfig.Arn }),
      transform: transformation(logicalId, target),
    })),
  };
}

function transformation(logicalId: string, { Input, InputPath }: TargetProperties) {
  if (Input !== undefined) return () => Input;
  if (InputPath === undefined) return (event: BusEvent) => JSON.stringify(event);
  const path = /^\$(\.[A-Za-z0-9_-]+)*$/.exec(InputPath);
  if (!path) throw new UnsupportedError(`${logicalId}: InputPath ${InputPath}`);
  const names = InputPath.split('.').slice(1);
  return (event: BusEvent) =>
    JSON.stringify(
      names.reduce<unknown>((value, name) => (value as Record<string, unknown>)?.[name], event) ??
        null,
    );
}
