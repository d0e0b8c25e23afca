import { beforeAll } from 'vitest';
import { dynamo } from '../../../functions/shared/dynamo/index.ts';

interface Cost {
  /** Calls to DynamoDB. */
  readonly calls: number;
  /** Capacity units, of reads and writes together. */
  readonly units: number;
}

/** Counts what the tests of a file cost; gives the cost of one of `times` repetitions. */
export function useCost(): (times: number, run: (i: number) => Promise<unknown>) => Promise<Cost> {
  const spent = { calls: 0, units: 0 };
  beforeAll(() => {
    const client = dynamo();
    const { send } = client;
    client.send = async (...args) => {
      const output = await send(...args);
      spent.calls += 1;
      for (const { CapacityUnits = 0 } of [output.ConsumedCapacity ?? []].flat()) {
        spent.units += CapacityUnits;
      }
      return output;
    };
  });
  return async (times, run) => {
    spent.calls = 0;
    spent.units = 0;
    for (let i = 0; i < times; i++) await run(i);
    return { calls: spent.calls / times, units: spent.units / times };
  };
}
