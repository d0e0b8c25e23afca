/** Where the local host pretends to be; the region and account that handlers and ARNs see. */
export const LOCAL_REGION = 'us-east-1';
export const LOCAL_ACCOUNT = '000000000000';

export function arn(service: string, resource: string): string {
  return `arn:aws:${service}:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${resource}`;
}

/** `arn:aws:sqs:us-east-1:…:name` → `{service: 'sqs', resource: 'name'}`. */
export function parseArn(text: string): { service: string; resource: string } {
  const parts = text.split(':');
  return { service: parts[2] ?? '', resource: parts.slice(5).join(':') };
}
