import { createHash } from 'node:crypto';
import { invalid } from '../../shared/errors.ts';

/** Databricks' `environment_vars`: what the process of a model that Python scores finds in `os.environ`. */
export type EnvironmentVars = Readonly<Record<string, string>>;

/**
 * SageMaker's limits, for functions too, so that an entity may move from one to the other.
 * https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html
 */
const MAX_VARIABLES = 16;
const MAX_LENGTH = 1024;
const NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** They would change the program that loads the model, and whose rights it has. */
const RESERVED = /^(PATH|PYTHONPATH|PYTHONHOME|(LD|AWS|SAGEMAKER|SLIPWAY)_.*)$/;

const SECRET = /\{\{\s*secrets\//;

/** Throws INVALID_PARAMETER_VALUE with the variable's name, and never with its value. */
export function checkEnvironment(entity: string, variables: EnvironmentVars): void {
  const names = Object.keys(variables);
  if (names.length > MAX_VARIABLES) {
    const most = `at most ${MAX_VARIABLES} variables, not ${names.length}`;
    throw invalid(`environment_vars of '${entity}' may hold ${most}`);
  }
  for (const [name, value] of Object.entries(variables)) {
    const problem = problemOf(name, value);
    if (problem) throw invalid(`environment_vars of '${entity}': ${problem}`);
  }
}

function problemOf(name: string, value: string): string | undefined {
  if (!NAME.test(name) || name.length > MAX_LENGTH) {
    return `'${name.slice(0, 100)}' is no name: letters, digits and underscores, no digit first`;
  }
  if (RESERVED.test(name)) return `'${name}' is reserved for the platform`;
  if (SECRET.test(value)) {
    return `'${name}' refers to a secret, and secrets are not resolved here; let the model read it itself, for instance from AWS Secrets Manager by a name that the variable holds`;
  }
  if (value.length > MAX_LENGTH) return `'${name}' has more than ${MAX_LENGTH} characters`;
  return value.includes('\0') ? `'${name}' holds a null character` : undefined;
}

/** Tells sets of variables from each other; the order does not matter, and none at all is undefined. */
export function environmentId(variables: EnvironmentVars | undefined): string | undefined {
  if (!variables) return undefined;
  const entries = Object.entries(variables).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(entries)).digest('hex').slice(0, 12);
}
