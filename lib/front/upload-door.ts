import type { CloudFrontRequestEvent, CloudFrontRequestResult } from 'aws-lambda';

/** Largest upload, in bytes, that a function can take: its base64 stays below Lambda's 6 MB. */
const DIRECT_LIMIT = 4 * 1024 * 1024;

/** Headers of the API's answer that the client gets. */
const ANSWER_HEADERS = ['location', 'content-type'];

/**
 * Lambda@Edge on the way to the API (origin request): it sees the headers of a request before its body.
 * An upload that fits no function is announced to the API by its length; the API's answer, a redirection to
 * the bucket or a refusal, goes to the client. Every other request goes on as it is. The door has no
 * permission and no key: it knows the API from the request's origin.
 */
export async function handler(event: CloudFrontRequestEvent): Promise<CloudFrontRequestResult> {
  const request = event.Records[0]?.cf.request;
  if (!request) throw new TypeError('An event without a record');
  const api = request.origin?.custom;
  const length = Number(request.headers['content-length']?.[0]?.value ?? 0);
  if (!api || request.method !== 'PUT' || !(length > DIRECT_LIMIT)) return request;
  const authorization = request.headers.authorization?.[0]?.value;
  const { protocol, domainName, port, path } = api;
  const answer = await fetch(`${protocol}://${domainName}:${port}${path}${request.uri}`, {
    method: 'PUT',
    redirect: 'manual',
    headers: { 'slipway-upload-length': String(length), ...(authorization && { authorization }) },
  });
  return {
    status: String(answer.status),
    headers: Object.fromEntries(
      ANSWER_HEADERS.flatMap((key) => {
        const value = answer.headers.get(key);
        return value === null ? [] : [[key, [{ key, value }]]];
      }),
    ),
    body: await answer.text(),
  };
}
