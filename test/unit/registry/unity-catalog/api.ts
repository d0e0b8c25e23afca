import { afterAll, beforeAll } from 'vitest';
import { handler } from '../../../../functions/registry/registry.lambda.ts';
import { registryTable } from '../../../../functions/registry/table.ts';
import { platformTable } from '../../../../functions/serving/table.ts';
import { trackingTable } from '../../../../functions/tracking/table.ts';
import { callApi } from '../../../support/call-api.ts';
import { startDynamo, type TestDynamo } from '../../../support/dynamo.ts';

export const UNITY = '/api/2.1/unity-catalog/models';
export const MLFLOW = '/api/2.0/mlflow';

/** Starts the tables of the registry for the tests of a file. */
export function useRegistry(): void {
  let dynamo: TestDynamo;
  beforeAll(async () => {
    dynamo = await startDynamo([registryTable, platformTable, trackingTable]);
  });
  afterAll(() => dynamo.stop());
}

/** Calls the registry's entry point as the gateway does. */
export async function call(method: string, path: string, body?: object) {
  const { status, body: answered } = await callApi(handler, method, path, body);
  return { status, body: answered as Record<string, never> };
}
