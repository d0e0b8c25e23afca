import { describe, expect, it } from 'vitest';
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
