import { describe, expect, it } from 'vitest';
import { awsServer } from './support/aws-server.ts';

const signed = (service: string) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/${service}/aws4_request`,
});

describe('a service that is not there', () => {
  it.each([
    [
      'application/x-amz-json-1.1',
      /^\{"__type":"UnknownOperationException","message":"No service here is called 'x'/,
    ],
    [
      'application/x-www-form-urlencoded; charset=utf-8',
      /^<ErrorResponse><Error>.*<Code>UnknownOperationException<\/Code><Message>No service here is called 'x'/,
    ],
  ])('is refused in the protocol of %s', async (type, body) => {
    const { origin } = await awsServer([]);
    const headers = { ...signed('x'), 'content-type': type };
    const response = await fetch(origin, { method: 'POST', headers, body: 'x' });
    expect(response.status).toBe(404);
    expect(await response.text()).toMatch(body);
  });
});
