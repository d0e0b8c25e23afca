import { templateProblems } from '../jsonata/template.ts';
import {
  BRANCH_FIELDS,
  JSONPATH_FIELDS,
  MACHINE_FIELDS,
  PROCESSOR_FIELDS,
  STATE_FIELDS,
} from './fields.ts';
import { numberProblem } from './numbers.ts';
import { catchProblems, retryProblems } from './validate-recovery.ts';
import { choiceProblems, mapProblems, numberProblems, requiredProblems } from './validate-state.ts';
import { type Fields, isObject, listOf } from './values.ts';

interface ValidationOptions {
  /** Why a Task's resource cannot be called here, or undefined when it can. */
  readonly resourceProblem?: (resource: string) => string | undefined;
}

/** What one walk through a machine has seen. */
interface Walk extends ValidationOptions {
  readonly names: Set<string>;
  readonly problems: string[];
}

const MAX_NAME_LENGTH = 80;

/**
 * Everything that is wrong with a machine in the States Language (JSONata only), one sentence each,
 * naming the state; empty when it can run. Takes the JSON text or the parsed document.
 */
export function validateDefinition(source: unknown, options: ValidationOptions = {}): string[] {
  let machine = source;
  if (typeof source === 'string') {
    try {
      machine = JSON.parse(source);
    } catch (error) {
      return [`The definition is not JSON: ${(error as Error).message}`];
    }
  }
  if (!isObject(machine)) return ['The definition is not a JSON object'];
  const walk: Walk = { ...options, names: new Set(), problems: [] };
  for (const name of Object.keys(machine)) {
    if (!MACHINE_FIELDS.includes(name)) walk.problems.push(`The machine has no field ${name}`);
  }
  // Nothing is evaluated before the first state.
  const timeout = machine.TimeoutSeconds ?? 1;
  const problem = numberProblem('TimeoutSeconds', timeout);
  if (problem !== undefined) walk.problems.push(`The machine: TimeoutSeconds ${problem}`);
  checkBlock('The machine', machine, machine.QueryLanguage, [], walk);
  const placeholders = new Set(JSON.stringify(machine).match(/\$\{[A-Za-z0-9_]+\}/g));
  for (const name of placeholders) walk.problems.push(`Nothing was substituted for ${name}`);
  return walk.problems;
}

function checkBlock(
  place: string,
  block: Fields,
  language: unknown,
  outerVariables: readonly string[],
  walk: Walk,
): void {
  const { StartAt: start, States: states } = block;
  if (!isObject(states) || Object.keys(states).length === 0) {
    walk.problems.push(`${place} has no States`);
    return;
  }
  if (typeof start !== 'string' || !Object.hasOwn(states, start)) {
    walk.problems.push(`${place}: StartAt names no state: ${JSON.stringify(start)}`);
  }
  const assigned = Object.values(states).flatMap(assignedNames);
  for (const name of assigned) {
    if (outerVariables.includes(name)) {
      walk.problems.push(`${place}: variable ${name} is already assigned outside of it`);
    }
  }
  const variables = [...outerVariables, ...assigned];
  for (const [name, state] of Object.entries(states)) {
    if (name.length > MAX_NAME_LENGTH) walk.problems.push(`State name "${name}" is over 80 long`);
    if (walk.names.has(name)) walk.problems.push(`State "${name}" exists twice`);
    walk.names.add(name);
    if (isObject(state)) checkState(name, state, language, states, variables, walk);
    else walk.problems.push(`State "${name}" is not an object`);
  }
  const reached = reachable(start, states);
  for (const name of Object.keys(states)) {
    if (!reached.has(name)) walk.problems.push(`State "${name}" cannot be reached`);
  }
}

function checkState(
  name: string,
  state: Fields,
  language: unknown,
  siblings: Fields,
  variables: readonly string[],
  walk: Walk,
): void {
  const place = `State "${name}"`;
  const report = (...problems: string[]) => walk.problems.push(...problems);
  const fields = STATE_FIELDS[String(state.Type)];
  if (!fields) {
    report(`${place}: unknown Type ${JSON.stringify(state.Type)}`);
    return;
  }
  if ((state.QueryLanguage ?? language) !== 'JSONata') {
    report(`${place} uses JSONPath; only "QueryLanguage": "JSONata" is supported`);
    return;
  }
  for (const [field, value] of Object.entries(state)) {
    const kind = Object.hasOwn(fields, field) ? fields[field] : undefined;
    if (kind === undefined) {
      const why = JSONPATH_FIELDS.has(field) ? ' under JSONata' : '';
      report(`${place}: a ${state.Type} state has no field ${field}${why}`);
    } else if (kind === 'number') {
      report(...numberProblems(place, field, value));
    } else if (kind === 'string' && typeof value !== 'string') {
      report(`${place}: ${field} must be a string`);
    }
    if (kind !== 'checked') report(...templateProblems(value, `${place}: ${field}`));
  }
  report(...templateProblems(state.Assign ?? null, `${place}: Assign`));
  report(...requiredProblems(place, state, walk.resourceProblem));
  report(...choiceProblems(place, state), ...mapProblems(place, state));
  report(...retryProblems(place, state.Retry), ...catchProblems(place, state.Catch));
  for (const next of targets(state)) {
    if (typeof next !== 'string' || !Object.hasOwn(siblings, next)) {
      report(`${place}: Next names no state: ${JSON.stringify(next)}`);
    }
  }
  checkNested(place, state, language, variables, walk);
}

function checkNested(
  place: string,
  state: Fields,
  language: unknown,
  variables: readonly string[],
  walk: Walk,
): void {
  const nested = state.Type === 'Parallel' ? listOf(state.Branches) : [];
  if (state.Type === 'Map') nested.push(state.ItemProcessor);
  const known = state.Type === 'Map' ? PROCESSOR_FIELDS : BRANCH_FIELDS;
  const mode = isObject(state.ItemProcessor) ? state.ItemProcessor.ProcessorConfig : undefined;
  const distributed = isObject(mode) && mode.Mode === 'DISTRIBUTED';
  for (const [index, block] of nested.entries()) {
    const at = `${place}: ${state.Type === 'Map' ? 'ItemProcessor' : `branch ${index}`}`;
    if (!isObject(block)) {
      walk.problems.push(`${at} is not an object`);
      continue;
    }
    for (const field of Object.keys(block)) {
      if (!known.includes(field)) walk.problems.push(`${at} has no field ${field}`);
    }
    checkBlock(at, block, state.QueryLanguage ?? language, distributed ? [] : variables, walk);
  }
}

/** Every state that a state may go to. */
function targets(state: Fields): unknown[] {
  const rules = [...listOf(state.Choices), ...listOf(state.Catch)].filter(isObject);
  const nexts = rules.map((rule) => rule.Next);
  if (state.Next !== undefined) nexts.push(state.Next);
  if (state.Default !== undefined) nexts.push(state.Default);
  return nexts;
}

function reachable(start: unknown, states: Fields): Set<unknown> {
  const reached = new Set<unknown>([start]);
  for (const name of reached) {
    const state = typeof name === 'string' && Object.hasOwn(states, name) ? states[name] : null;
    if (isObject(state)) for (const next of targets(state)) reached.add(next);
  }
  return reached;
}

function assignedNames(state: unknown): string[] {
  if (!isObject(state)) return [];
  const exits = [state, ...listOf(state.Choices), ...listOf(state.Catch)].filter(isObject);
  return exits.flatMap((exit) => (isObject(exit.Assign) ? Object.keys(exit.Assign) : []));
}
