import type { HostAddress } from '../address-file.ts';
import { LOCAL_REGION } from '../shared/arn.ts';

/** Settings of an AWS client that talks to a host's AWS port. */
export const awsClientConfig = (host: HostAddress) => ({
  endpoint: host.aws_url,
  region: LOCAL_REGION,
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});
