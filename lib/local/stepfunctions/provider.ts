import { readFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import type { ResourceContext, ResourceProvider } from '../service.ts';
import { arn } from '../shared/arn.ts';
import { UnsupportedError } from '../shared/properties.ts';
import type { Definition } from './asl/definition.ts';
import { validateDefinition } from './asl/validate.ts';
import { isObject } from './asl/values.ts';
import type { Machines } from './execution/machines.ts';
import { resourceProblem } from './integrations/resources.ts';
import type { IsOffered } from './integrations/sdk-call.ts';

type Properties = Readonly<Record<string, unknown>>;

/** `AWS::StepFunctions::StateMachine`: refused at the start when it could not run. */
export function stateMachineProvider(
  machines: Machines,
  now: () => number,
  isOffered: IsOffered,
): ResourceProvider {
  return {
    type: 'AWS::StepFunctions::StateMachine',
    properties: {
      StateMachineName: true,
      StateMachineType: true,
      DefinitionString: true,
      DefinitionS3Location: { Bucket: true, Key: true },
      DefinitionSubstitutions: true,
      RoleArn: true,
      LoggingConfiguration: 'ignored',
      TracingConfiguration: 'ignored',
      EncryptionConfiguration: 'ignored',
      Tags: 'ignored',
    },
    create: (logicalId, properties, context) => {
      const name = String(properties.StateMachineName ?? logicalId);
      const type = typeOf(logicalId, properties);
      const text = substitute(readDefinition(logicalId, properties, context), properties);
      const problems = validateDefinition(text, {
        resourceProblem: (resource) => resourceProblem(resource, type, isOffered),
      });
      if (problems.length > 0) {
        throw new UnsupportedError(`${logicalId} (state machine ${name}): ${problems.join('; ')}`);
      }
      const machineArn = arn('states', `stateMachine:${name}`);
      machines.add({
        arn: machineArn,
        name,
        type,
        roleArn: String(properties.RoleArn ?? ''),
        text,
        definition: JSON.parse(text) as Definition,
        created: now(),
      });
      return { ref: machineArn, attributes: { Arn: machineArn, Name: name } };
    },
  };
}

function typeOf(logicalId: string, properties: Properties): 'STANDARD' | 'EXPRESS' {
  const type = properties.StateMachineType ?? 'STANDARD';
  if (type === 'STANDARD' || type === 'EXPRESS') return type;
  throw new UnsupportedError(`${logicalId}: StateMachineType ${String(type)} is not supported`);
}

function readDefinition(
  logicalId: string,
  properties: Properties,
  context: ResourceContext,
): string {
  const { DefinitionString: text, DefinitionS3Location: location } = properties;
  if (typeof text === 'string') return text;
  if (!isObject(location) || typeof location.Key !== 'string') {
    throw new UnsupportedError(`${logicalId}: needs DefinitionString or DefinitionS3Location`);
  }
  const hash = basename(location.Key, extname(location.Key));
  return readFileSync(context.assetPath(hash), 'utf8');
}

/** Values stand inside JSON strings, so they are escaped as such. */
function substitute(text: string, properties: Properties): string {
  const { DefinitionSubstitutions: substitutions } = properties;
  if (!isObject(substitutions)) return text;
  return Object.entries(substitutions).reduce(
    (result, [name, value]) =>
      result.replaceAll(`\${${name}}`, () => JSON.stringify(String(value)).slice(1, -1)),
    text,
  );
}
