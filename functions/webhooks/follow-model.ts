import { contextOf, type ReceivedEvent } from '../events/consume.ts';
import { RegisteredModelDeleted, RegisteredModelRenamed } from '../registry/events.ts';
import { currentName } from '../registry/index.ts';
import type { OperationContext } from '../shared/context.ts';
import { conflict } from '../shared/errors.ts';
import type { Webhook } from './webhook.ts';
import { allWebhooks, removeWebhook, replaceWebhook } from './webhook-store.ts';

/** A rename or deletion: the name that the model lost, when, and its new name if it has one. */
interface Move {
  readonly former: string;
  readonly name?: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

function moveOf({ definition, envelope }: ReceivedEvent): Move | undefined {
  const at = Date.parse(envelope.metadata.time);
  const { model, previous_name } = envelope.data as Record<string, string | undefined>;
  if (definition.type === RegisteredModelDeleted.type) return { former: model ?? '', at };
  if (definition.type !== RegisteredModelRenamed.type) return undefined;
  return { former: previous_name ?? '', ...(model !== undefined && { name: model }), at };
}

/** Webhooks of a model are renamed with it, and removed with it: whoever gets the name gets none of them. */
export async function followModel(event: ReceivedEvent): Promise<void> {
  const move = moveOf(event);
  if (!move) return;
  const context = contextOf(event.envelope.metadata);
  for (const webhook of await allWebhooks()) {
    if (webhook.model_name === move.former) await follow(webhook, move, context);
  }
}

async function follow(webhook: Webhook, move: Move, context: OperationContext): Promise<void> {
  // A webhook without an id was made by an older release, for the model that had the name then.
  if (webhook.model_id === undefined && webhook.creation_timestamp > move.at) return;
  const name = webhook.model_id === undefined ? move.name : await currentName(webhook.model_id);
  if (name === webhook.model_name) return;
  if (name === undefined) return removeWebhook(webhook, context);
  const renamed: Webhook = {
    ...webhook,
    model_name: name,
    former_model: { name: move.former, until: move.at },
    last_updated_timestamp: Math.max(context.clock(), webhook.last_updated_timestamp + 1),
  };
  if (await replaceWebhook(renamed, webhook, context)) return;
  throw conflict(`Webhook ${webhook.id} was changed by somebody else at the same time`);
}
