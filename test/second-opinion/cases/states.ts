import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../lib/build/paths.ts';
import type { KnownAnswer } from '../case.ts';

const GUIDE = 'step-functions/latest/dg';

const definition = (
  name: string,
  page: string,
  machine: object,
  expected: 'accepted' | 'refused',
): KnownAnswer => ({
  service: 'states',
  name,
  page: `${GUIDE}/${page}.html`,
  expected,
  run: ({ define }) => define(machine),
});

const pass = { Type: 'Pass', End: true };

const machine = (states: Readonly<Record<string, object>>, more: object = {}) => ({
  QueryLanguage: 'JSONata',
  StartAt: Object.keys(states)[0],
  States: states,
  ...more,
});

const task = (more: object) =>
  machine({
    A: { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', End: true, ...more },
    B: { Type: 'Pass', End: true },
  });

const refused = (name: string, page: string, asked: object) =>
  definition(name, page, asked, 'refused');

/** Our machines as they are deployed, but for the values of their placeholders. */
const ours = readdirSync(join(ROOT, 'statemachines'))
  .filter((file) => file.endsWith('.asl.json'))
  .map((file) => {
    const text = readFileSync(join(ROOT, 'statemachines', file), 'utf8');
    const filled = text.replace(/\$\{\w+\}/g, 'value');
    return definition(
      `takes ${file}`,
      'concepts-amazon-states-language',
      JSON.parse(filled),
      'accepted',
    );
  });

/** Definitions in the States Language, and whether they may be deployed. */
export const statesCases: readonly KnownAnswer[] = [
  ...ours,
  refused('refuses a Next that is nowhere', 'statemachine-structure', {
    ...machine({ A: { Type: 'Pass', Next: 'B' } }),
  }),
  refused('refuses a start that is nowhere', 'statemachine-structure', {
    ...machine({ A: pass }),
    StartAt: 'B',
  }),
  refused(
    'refuses a state without Next and End',
    'workflow-states',
    machine({ A: { Type: 'Pass' } }),
  ),
  refused(
    'refuses a state that nothing leads to',
    'workflow-states',
    machine({ A: pass, B: pass }),
  ),
  refused(
    'refuses an unknown type of state',
    'workflow-states',
    machine({ A: { ...pass, Type: 'Do' } }),
  ),
  refused('refuses an unknown field', 'workflow-states', machine({ A: { ...pass, Nxet: 'B' } })),
  refused(
    'refuses fields of JSONPath',
    'transforming-data',
    machine({ A: { ...pass, ResultPath: '$' } }),
  ),
  refused('refuses an expression that does not parse', 'transforming-data', {
    ...machine({ A: { ...pass, Output: '{% ( %}' } }),
  }),
  refused('refuses a Catch to nowhere', 'concepts-error-handling', {
    ...task({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'C' }] }),
  }),
  refused('refuses States.ALL beside other errors', 'concepts-error-handling', {
    ...task({ Catch: [{ ErrorEquals: ['States.ALL', 'E'], Next: 'B' }] }),
  }),
  refused('refuses States.ALL before the last catcher', 'concepts-error-handling', {
    ...task({
      Catch: [
        { ErrorEquals: ['States.ALL'], Next: 'B' },
        { ErrorEquals: ['E'], Next: 'B' },
      ],
    }),
  }),
  refused('refuses a Choice without a rule', 'state-choice', {
    ...machine({ A: { Type: 'Choice', Choices: [], Default: 'B' }, B: pass }),
  }),
  refused('refuses a Choice to nowhere', 'state-choice', {
    ...machine({ A: { Type: 'Choice', Choices: [{ Condition: true, Next: 'B' }] } }),
  }),
  refused('refuses a Wait for nothing', 'state-wait', machine({ A: { Type: 'Wait', End: true } })),
  refused('refuses a Wait for two things', 'state-wait', {
    ...machine({ A: { Type: 'Wait', Seconds: 1, Timestamp: '2026-01-01T00:00:00Z', End: true } }),
  }),
  refused(
    'refuses a Map without a processor',
    'state-map',
    machine({ A: { Type: 'Map', End: true } }),
  ),
  refused('refuses a Parallel without a branch', 'state-parallel', {
    ...machine({ A: { Type: 'Parallel', End: true } }),
  }),
  refused('refuses a branch that leads out of itself', 'state-parallel', {
    ...machine({
      A: {
        Type: 'Parallel',
        Branches: [{ StartAt: 'C', States: { C: { Type: 'Pass', Next: 'B' } } }],
        Next: 'B',
      },
      B: pass,
    }),
  }),
  refused('refuses a Task without a resource', 'state-task', {
    ...machine({ A: { Type: 'Task', End: true } }),
  }),
  refused('refuses a backoff below one', 'concepts-error-handling', {
    ...task({ Retry: [{ ErrorEquals: ['E'], BackoffRate: 0.5 }] }),
  }),
];
