import type { MlflowOperation } from '../../mlflow/index.ts';
import type { OperationContext } from '../../shared/context.ts';
import { ModelMoving } from './model-store.ts';
import { finishRename } from './rename-registered-model.ts';

/** How many interrupted renames one request may finish. */
const MAX_RENAMES = 3;

/** The same operations; one that meets a model whose rename was interrupted finishes the rename first. */
export function finishingRenames<T extends Readonly<Record<string, MlflowOperation>>>(
  operations: T,
): T {
  const entries = Object.entries(operations).map(([name, { fields, run }]) => [
    name,
    {
      fields,
      run: (input: never, context: OperationContext) => attempt(() => run(input, context), context),
    },
  ]);
  return Object.fromEntries(entries) as T;
}

async function attempt<T>(run: () => Promise<T>, context: OperationContext): Promise<T> {
  for (let met = 0; ; met++) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof ModelMoving) || met === MAX_RENAMES) throw error;
      await finishRename(error.from, error.to, context);
    }
  }
}
