import * as z from 'zod/mini';

/** Somebody to be told: an e-mail address, `user:<name>`, `group:<name>`; subscriptions are filtered by it. */
const recipient = z
  .string()
  .check(
    z.minLength(1),
    z.maxLength(256),
    z.regex(/^\S(.*\S)?$/, 'must not begin or end with a blank'),
  );

/** Who is told when something happens; a list that is not there asks for nothing. */
export const recipients = z.array(recipient).check(z.maxLength(50));

/** A topic of one's own that is told instead of the installation's. */
const ownTopic = z
  .string()
  .check(
    z.regex(
      /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:slipway-[a-z]+-notify-[\w-]+$/,
      'must be the ARN of a topic named slipway-<environment>-notify-…',
    ),
  );

/** An object with a list of recipients for each occasion, and perhaps a topic. */
export const occasions = <const T extends readonly string[]>(names: T) =>
  z.strictObject({
    ...(Object.fromEntries(names.map((name) => [name, z.optional(recipients)])) as {
      [name in T[number]]: z.ZodMiniOptional<typeof recipients>;
    }),
    topic_arn: z.optional(ownTopic),
  });
