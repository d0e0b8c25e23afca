import * as z from 'zod/mini';
import type { OperationContext } from '../../shared/context.ts';
import { parseValue } from '../../shared/http/json-api.ts';
import { changeSettings } from './change-settings.ts';
import { type EmailNotifications, emailNotificationsSchema } from './endpoint-settings.ts';

const schema = z.object({ email_notifications: z._default(emailNotificationsSchema, {}) });

/** Replaces the lists of who is told when the endpoint could, or could not, be updated. */
export async function updateNotifications(
  name: string,
  body: unknown,
  context: OperationContext,
): Promise<{ name: string; email_notifications: EmailNotifications }> {
  const { email_notifications } = parseValue(body, schema);
  await changeSettings(
    name,
    ({ settings }) => ({ settings: { ...settings, email_notifications } }),
    context,
  );
  return { name, email_notifications };
}
