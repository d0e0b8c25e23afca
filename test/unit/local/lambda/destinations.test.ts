import { expect, it, onTestFinished, vi } from 'vitest';
import type { Deliver, Delivery } from '../../../../lib/local/service.ts';
import { AwsError } from '../../../../lib/local/shared/aws-error.ts';
import { lambdaFixture } from './function-fixture.ts';

const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:done';
const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:after';
const TOPIC = 'arn:aws:sns:us-east-1:000000000000:told';

const SOURCE = `export const handler = async ({ n }) => {
  if (n < 0) throw new RangeError('negative');
  return 2 * n;
};`;

const destinations = (OnSuccess: string, OnFailure: string) => ({
  FunctionName: 'fn',
  Qualifier: '$LATEST',
  MaximumRetryAttempts: 0,
  DestinationConfig: {
    OnSuccess: { Destination: OnSuccess },
    OnFailure: { Destination: OnFailure },
  },
});

function aHost(answer: Deliver = async () => {}) {
  const deliveries: Delivery[] = [];
  const deliver: Deliver = async (delivery) => {
    deliveries.push(delivery);
    await answer(delivery);
  };
  const fixture = lambdaFixture({ deliver });
  onTestFinished(() => fixture.close());
  return { ...fixture, deliveries };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
it('an event is told of where the template says, by what became of it', async () => {
  const { addFunction, addEventInvokeConfig, lambda, deliveries } = aHost();
  const DeadLetterConfig = { TargetArn: QUEUE.replace('done', 'dead') };
  await addFunction('fn', SOURCE, { DeadLetterConfig });
  await addEventInvokeConfig(destinations(QUEUE, FUNCTION));
  await lambda.start();

  await lambda.invokeAsync('fn', '{"n":21}');
  await expect.poll(() => deliveries).toHaveLength(1);
  await lambda.invokeAsync('fn', '{"n":-1}');
  await expect.poll(() => deliveries).toHaveLength(3);

  const [success, failure, deadLetter] = deliveries;
  expect(success?.arn).toBe(QUEUE);
  expect(JSON.parse(success?.payload ?? '')).toMatchObject({
    requestContext: { condition: 'Success', approximateInvokeCount: 1 },
    requestPayload: { n: 21 },
    responsePayload: 42,
  });
  expect(failure?.arn).toBe(FUNCTION);
  expect(JSON.parse(failure?.payload ?? '')).toMatchObject({
    requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 1 },
    responseContext: { functionError: 'Unhandled' },
    responsePayload: { errorType: 'RangeError', errorMessage: 'negative' },
  });
  expect(deadLetter).toEqual({ arn: DeadLetterConfig.TargetArn, payload: '{"n":-1}' });
});

it('a record whose destination is gone is written to the log, and the next one is made', async () => {
  const said = vi.spyOn(console, 'error').mockReturnValue();
  const { addFunction, addEventInvokeConfig, lambda, deliveries } = aHost(async ({ arn }) => {
    if (arn === FUNCTION) throw new AwsError('ResourceNotFoundException', 'gone');
  });
  const DeadLetterConfig = { TargetArn: QUEUE.replace('done', 'dead') };
  await addFunction('fn', SOURCE, { DeadLetterConfig });
  await addEventInvokeConfig(destinations(QUEUE, FUNCTION));
  await lambda.start();

  await lambda.invokeAsync('fn', '{"n":-1}');
  await expect
    .poll(() => deliveries.map(({ arn }) => arn))
    .toEqual([FUNCTION, DeadLetterConfig.TargetArn]);
  expect(said).toHaveBeenCalledWith(
    expect.stringContaining(`to ${FUNCTION}: gone; it is given up`),
  );
});

it('what nothing can be taken to from here stops the start', async () => {
  const { addFunction, addEventInvokeConfig } = aHost();
  await addFunction('fn', SOURCE);
  for (const [success, failure] of [
    [TOPIC, FUNCTION],
    [QUEUE, TOPIC],
  ] as const) {
    const config = async () => addEventInvokeConfig(destinations(success, failure));
    await expect(config()).rejects.toThrow(`config: destination ${TOPIC}`);
  }
  const withTopic = addFunction('other', SOURCE, { DeadLetterConfig: { TargetArn: TOPIC } });
  await expect(withTopic).rejects.toThrow(`other: dead letters to ${TOPIC}`);
});
