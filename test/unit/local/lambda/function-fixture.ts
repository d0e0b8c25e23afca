import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLambda, type LambdaOptions } from '../../../../lib/local/lambda/index.ts';

/** A Lambda host in a folder of its own, with functions made from source text. */
export function lambdaFixture(options: Partial<LambdaOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-lambda-'));
  const lambda = createLambda({
    dataDir: folder,
    environment: () => ({}),
    deliver: async () => {},
    ...options,
  });
  const provider = (type: string) => lambda.providers.find((one) => one.type === type)!;
  return {
    folder,
    lambda,
    addFunction: async (name: string, source: string, properties: object = {}) => {
      const asset = join(folder, `asset-${name}`);
      mkdirSync(asset);
      writeFileSync(join(asset, 'index.mjs'), source);
      await provider('AWS::Lambda::Function').create(
        name,
        {
          FunctionName: name,
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          Code: { S3Key: 'hash.zip' },
          Timeout: 10,
          ...properties,
        },
        { region: 'us-east-1', accountId: '000000000000', assetPath: () => asset },
      );
    },
    /** A function by its properties; its code is no file asset. */
    addResource: async (name: string, properties: Record<string, unknown>) => {
      const context = { region: 'us-east-1', accountId: '000000000000', assetPath: () => '' };
      await provider('AWS::Lambda::Function').create(name, properties, context);
    },
    addEventInvokeConfig: (properties: Record<string, unknown>) =>
      provider('AWS::Lambda::EventInvokeConfig').create('config', properties, {
        region: 'us-east-1',
        accountId: '000000000000',
        assetPath: () => '',
      }),
    call: async (name: string, event: unknown) => {
      const result = await lambda.invoke(name, JSON.stringify(event));
      return { ...result, value: JSON.parse(result.payload) };
    },
    close: async () => {
      await lambda.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
