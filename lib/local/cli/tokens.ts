import { UsageError } from '../usage-error.ts';
import { operatorOptions } from './operator-options.ts';
import { print, tableLines } from './print.ts';
import { type ShownToken, type TokenAdmin, tokenAdmin } from './token-admin.ts';

/** `slipway tokens [list] | create | revoke`. */
export async function tokens(args: readonly string[]): Promise<number> {
  const { values, positionals } = operatorOptions(
    args,
    {
      user: { type: 'string' },
      group: { type: 'string', multiple: true },
      'expires-in': { type: 'string' },
      comment: { type: 'string' },
      url: { type: 'string' },
      aws: { type: 'boolean', default: false },
      environment: { type: 'string', default: 'dev' },
    } as const,
    2,
  );
  const [action = 'list', id] = positionals;
  if (action === 'create') {
    if (!values.user) throw new UsageError('--user NAME says whose token it is');
    const made = await tokenAdmin(values).create({
      user: values.user,
      ...(values.group && { groups: values.group }),
      ...(values['expires-in'] && { expires_in: values['expires-in'] }),
      ...(values.comment && { comment: values.comment }),
    });
    print(values.json, made, () => [String(made.token)]);
    return 0;
  }
  if (action === 'revoke') {
    if (id === undefined) throw new UsageError('Which one? `slipway tokens` lists their ids');
    const revoked = await tokenAdmin(values).revoke(id);
    print(values.json, revoked, () => [`${id} of ${revoked.user} is revoked`]);
    return 0;
  }
  if (action !== 'list') throw new UsageError(`Unknown action '${action}'`);
  const found = await all(tokenAdmin(values));
  print(values.json, { tokens: found }, () =>
    tableLines([
      ['id', 'user', 'groups', 'state', 'made', 'by', 'expires', ''],
      ...found.map((one) => [
        one.id,
        one.user,
        one.groups.join(','),
        one.state,
        one.created_at,
        one.created_by,
        one.expires_at ?? 'never',
        one.comment,
      ]),
    ]),
  );
  return 0;
}

async function all(admin: TokenAdmin): Promise<ShownToken[]> {
  const found: ShownToken[] = [];
  for (let after: string | undefined; ; ) {
    const page = await admin.list(after);
    found.push(...page.tokens);
    if (page.next === null) return found;
    after = page.next;
  }
}
