import { SignatureV4 } from '@smithy/signature-v4';
import { requiredEnv } from './env.ts';
import { Sha256 } from './sha256.ts';

/** Signs requests to an AWS service with the region and the credentials that Lambda sets. */
export function awsSigner(
  service: string,
  options: { readonly uriEscapePath?: boolean } = {},
): SignatureV4 {
  const sessionToken = process.env.AWS_SESSION_TOKEN;
  return new SignatureV4({
    ...options,
    service,
    region: requiredEnv('AWS_REGION'),
    credentials: {
      accessKeyId: requiredEnv('AWS_ACCESS_KEY_ID'),
      secretAccessKey: requiredEnv('AWS_SECRET_ACCESS_KEY'),
      ...(sessionToken && { sessionToken }),
    },
    sha256: Sha256,
  });
}
