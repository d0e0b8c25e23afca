import type { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import type { ScoreOnSageMaker } from './sagemaker-scorer.ts';

/** Below the 29 s that a request of the HTTP API has, with time to log the answer. */
const TIMEOUT_MS = 26_000;

let client: SageMakerRuntimeClient | undefined;

/** Calls the container of a variant. Its client is loaded by the first request that needs it. */
export const scoreOnSageMaker: ScoreOnSageMaker = async (
  { endpoint, variant },
  { body, contentType },
) => {
  const { InvokeEndpointCommand, ModelError, SageMakerRuntimeClient } = await import(
    '@aws-sdk/client-sagemaker-runtime'
  );
  client ??= new SageMakerRuntimeClient({});
  try {
    const output = await client.send(
      new InvokeEndpointCommand({
        EndpointName: endpoint,
        TargetVariant: variant,
        Body: body,
        ContentType: contentType,
        Accept: 'application/json',
      }),
      { abortSignal: AbortSignal.timeout(TIMEOUT_MS) },
    );
    return { body: Buffer.from(output.Body).toString('utf8') };
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    const { name: error, message } = cause;
    if (!(cause instanceof ModelError)) {
      const late = error === 'AbortError' || error === 'TimeoutError';
      if (late) return { error: 'ServiceUnavailable', message: 'The model did not answer in time' };
      return { error, message };
    }
    const { OriginalStatusCode: status, OriginalMessage: told = message } = cause;
    return { error, message: told, ...(status && { status }) };
  }
};
