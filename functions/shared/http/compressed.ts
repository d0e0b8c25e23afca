import { gzipSync } from 'node:zlib';
import type { APIGatewayProxyStructuredResultV2 as HttpResult } from 'aws-lambda';
import { bytesInAnswer } from './bytes-in-answer.ts';

/** Bytes of a body in a function's answer, of 6 MB, beside status and headers. */
const MAX_BODY = 6_200_000;

/** No text of fewer characters is larger, whatever they are. */
const SURELY_FITS = MAX_BODY / 3;

/**
 * The answer, compressed if it would be too large for Lambda as it is: a trace's spans are one text, which
 * no client asks for in pages. Clients that take no gzip get it as it is.
 */
export function compressedIfLarge(
  result: HttpResult,
  acceptEncoding: string | undefined,
): HttpResult {
  const { body, isBase64Encoded } = result;
  if (!body || isBase64Encoded || body.length < SURELY_FITS) return result;
  if (!/\bgzip\b/i.test(acceptEncoding ?? '') || bytesInAnswer(body) <= MAX_BODY) return result;
  return {
    ...result,
    headers: { ...result.headers, 'content-encoding': 'gzip', vary: 'accept-encoding' },
    body: gzipSync(body).toString('base64'),
    isBase64Encoded: true,
  };
}
