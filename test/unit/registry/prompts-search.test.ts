import { describe, expect, it } from 'vitest';
import { nameTaken } from '../../../functions/registry/prompt.ts';
import { matches } from '../../../functions/registry/search.ts';
import type { CheckedComparison } from '../../../functions/search/index.ts';

/** The filter that MLflow's clients add to every search for models. */
const noPrompts: CheckedComparison = {
  entity: 'tag',
  key: 'mlflow.prompt.is_prompt',
  kind: 'string',
  operator: '!=',
  value: 'true',
};

describe('a search without prompts', () => {
  it('keeps a model that has no such tag', () => {
    expect(matches({ tags: {}, attributes: {} }, [noPrompts])).toBe(true);
  });

  it('leaves a prompt out', () => {
    const tags = { 'mlflow.prompt.is_prompt': 'true' };
    expect(matches({ tags, attributes: {} }, [noPrompts])).toBe(false);
  });

  it('leaves out what lacks any other tag, as MLflow does', () => {
    const other = { ...noPrompts, key: 'team' };
    expect(matches({ tags: {}, attributes: {} }, [other])).toBe(false);
  });
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
