import type { EventDefinition, EventEnvelope } from '../../events/define.ts';
import {
  findRegisteredModel,
  getModelVersion,
  type ModelVersion,
  type RegisteredModel,
} from '../../registry/index.ts';

/** An event of the bus as webhooks see it. */
export interface PlatformEvent {
  readonly type: string;
  readonly metadata: EventEnvelope['metadata'];
  readonly data: Readonly<Record<string, unknown>>;
  /** The fact as a sentence. */
  readonly text: string;
}

export const toPlatformEvent = (
  definition: EventDefinition,
  { metadata, data }: EventEnvelope,
): PlatformEvent => ({
  type: definition.type,
  metadata,
  data: data as Readonly<Record<string, unknown>>,
  text: definition.text(data),
});

/** What a webhook's dialect makes of an event. */
export interface Notice {
  /** Names under which a webhook may have asked for it. */
  readonly names: readonly string[];
  /** The body for one webhook. */
  readonly body: (name: string, webhookId: string) => string;
}

export const modelOf = ({ data }: PlatformEvent): string | undefined =>
  typeof data.model === 'string' ? data.model : undefined;

/** Rows of the registry that bodies show, each read once however many webhooks ask. */
export class Facts {
  private readonly models = new Map<string, Promise<RegisteredModel | undefined>>();
  private readonly versions = new Map<string, Promise<ModelVersion | undefined>>();

  model(name: string): Promise<RegisteredModel | undefined> {
    return remember(this.models, name, () => findRegisteredModel(name));
  }

  version(name: string, version: string): Promise<ModelVersion | undefined> {
    return remember(this.versions, `${version} ${name}`, () => getModelVersion(name, version));
  }
}

function remember<T>(known: Map<string, Promise<T>>, key: string, read: () => Promise<T>) {
  const found = known.get(key) ?? read();
  known.set(key, found);
  return found;
}
