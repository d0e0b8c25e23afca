import { describe, expect, it } from 'vitest';
import { isHiddenPrompt, nameTaken } from '../../../../functions/registry/prompt.ts';
import { aboutPrompts } from '../../../../functions/registry/search/searchable.ts';
import type { CheckedComparison } from '../../../../functions/search/index.ts';

/** The filter that MLflow's clients add to every search for models. */
const noPrompts: CheckedComparison = {
  entity: 'tag',
  key: 'mlflow.prompt.is_prompt',
  kind: 'string',
  operator: '!=',
  value: 'true',
};

describe('a condition on the tag of prompts', () => {
  it.each([
    ['=', 'true', true],
    ['=', 'TRUE', true],
    ['!=', 'false', true],
    ['!=', 'true', false],
    ['=', 'false', false],
    ['=', 'other', false],
    ['LIKE', 'true', false],
  ] as const)('%s %s asks for prompts: %s', (operator, value, prompts) => {
    const condition: CheckedComparison = { ...noPrompts, operator, value };
    expect(aboutPrompts([condition])).toEqual({ filter: prompts ? [condition] : [], prompts });
  });

  it('says nothing about other tags', () => {
    const other = { ...noPrompts, key: 'team' };
    expect(aboutPrompts([noPrompts, other])).toEqual({ filter: [other], prompts: false });
  });
});

it.each([
  ['true', true],
  ['True', false],
  ['false', false],
])('a search for models leaves out what is marked %s: %s', (value, hidden) => {
  expect(isHiddenPrompt({ tags: { 'mlflow.prompt.is_prompt': value } })).toBe(hidden);
});

describe('a name that is taken', () => {
  const model = { tags: {} };
  const prompt = { tags: { 'mlflow.prompt.is_prompt': 'true' } };
  it.each([
    [model, model, 'Registered Model (name=x) already exists.'],
    [prompt, prompt, 'Prompt (name=x) already exists.'],
    [
      prompt,
      model,
      "Tried to create a registered model with name 'x', but the name is already taken by a prompt.",
    ],
    [
      model,
      prompt,
      "Tried to create a prompt with name 'x', but the name is already taken by a registered model.",
    ],
  ])('says by what: %j, %j', (existing, wanted, message) => {
    const refused = nameTaken('x', existing, wanted);
    expect(refused.message.startsWith(message)).toBe(true);
    expect(refused.code).toBe('RESOURCE_ALREADY_EXISTS');
  });
});
