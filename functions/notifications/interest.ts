import type { PipelineNotifications } from '../pipelines/index.ts';
import type { NotifyPolicy } from '../policies/index.ts';
import type { EmailNotifications } from '../serving/index.ts';

type Occasion<T> = Exclude<keyof T, 'topic_arn'>;

/** Where the recipients of an event are declared. */
export type Interest =
  | { readonly model: string; readonly when: Occasion<NotifyPolicy> }
  | { readonly pipeline: string; readonly when: Occasion<PipelineNotifications> }
  | { readonly endpoint: string; readonly when: Occasion<EmailNotifications> }
  /** By the event itself. */
  | { readonly named: readonly string[] };

/** What a declaration says for an event. */
export interface Declared {
  /** Absent: nobody asked for it. */
  readonly recipients?: readonly string[] | undefined;
  /** Absent: the installation's topic. */
  readonly topic?: string | undefined;
}

/** A message's address: a topic, undefined for the installation's, and who is meant among its subscribers. */
export interface Audience {
  readonly topic?: string | undefined;
  readonly recipients: readonly string[];
}

/**
 * One audience a topic, each recipient once. A list without anybody in it counts where a topic of one's
 * own is named: all who listen there are meant.
 */
export function audiences(declared: readonly Declared[]): Audience[] {
  const byTopic = new Map<string | undefined, Set<string>>();
  for (const { recipients, topic } of declared) {
    if (!recipients || (recipients.length === 0 && topic === undefined)) continue;
    const known = byTopic.get(topic) ?? new Set();
    for (const recipient of recipients) known.add(recipient);
    byTopic.set(topic, known);
  }
  return [...byTopic].map(([topic, recipients]) => ({ topic, recipients: [...recipients].sort() }));
}
