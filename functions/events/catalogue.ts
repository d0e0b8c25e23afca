import * as approvals from '../approvals/events.ts';
import * as auth from '../auth/events.ts';
import * as monitoring from '../monitoring/events.ts';
import * as pipelines from '../pipelines/events.ts';
import * as policies from '../policies/events.ts';
import * as promotion from '../promotion/events.ts';
import * as registry from '../registry/events.ts';
import * as serving from '../serving/events.ts';
import * as tracking from '../tracking/events.ts';
import * as validation from '../validation/events.ts';
import * as webhooks from '../webhooks/events.ts';
import type { EventDefinition } from './define.ts';

const domains = [
  approvals,
  auth,
  monitoring,
  pipelines,
  policies,
  promotion,
  registry,
  serving,
  tracking,
  validation,
  webhooks,
];

/** An `events.ts` may export more than events: schemas that they share. */
const isEvent = (value: object): value is EventDefinition => 'source' in value && 'sample' in value;

/** Every event that Slipway publishes, by type and version. */
export const catalogue: readonly EventDefinition[] = domains
  .flatMap((domain): object[] => Object.values(domain))
  .filter(isEvent)
  .sort((a, b) => a.type.localeCompare(b.type) || a.version - b.version);
