import type { OperationContext } from '../../functions/shared/context.ts';

/** A context with a clock that stands still unless told otherwise. */
export function aContext(overrides: Partial<OperationContext> = {}): OperationContext {
  return {
    actor: { user: 'ana', groups: ['users'] },
    clock: () => Date.parse('2026-11-21T10:00:00Z'),
    correlationId: 'test',
    ...overrides,
  };
}
