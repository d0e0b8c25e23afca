import type { HostAddress } from '../address-file.ts';
import { LOCAL_REGION } from '../shared/arn.ts';

/** What marks a request of our own making as one for a service; the signature itself is not looked at. */
export const signedFor = (service: string) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/${LOCAL_REGION}/${service}/aws4_request`,
});

/** Settings of an AWS client that talks to a host's AWS port. */
export const awsClientConfig = (host: HostAddress) => ({
  endpoint: host.aws_url,
  region: LOCAL_REGION,
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});
