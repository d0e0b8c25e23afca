import { outbox } from '../events/outbox.ts';
import type { OperationContext } from '../shared/context.ts';
import {
  conditionHeld,
  getItem,
  queryPage,
  transactWrite,
  type Write,
  writeOne,
} from '../shared/dynamo/index.ts';
import { requiredEnv } from '../shared/env.ts';
import { TokenCreated, TokenRevoked } from './events.ts';
import { rowExpiry, type Token } from './token.ts';

const TOKENS = 'TOKENS';

const tableName = () => requiredEnv('AUTH_TABLE');
/** Where the outbox is: the table of tokens has no stream. */
const platform = () => requiredEnv('PLATFORM_TABLE');

const tokenKey = (id: string) => ({ pk: TOKENS, sk: id });

/** Eventually consistent: a token that was revoked this second may pass once more. */
export const findToken = (id: string): Promise<Token | undefined> =>
  getItem<Token>(tableName(), tokenKey(id), { consistent: false });

const tokenPut = (token: Token): Write => ({
  table: tableName(),
  put: { ...tokenKey(token.id), ...token, expiresAt: rowExpiry(token) },
});

const created = ({ id, user, groups }: Token, context: OperationContext): Write =>
  outbox(platform(), TokenCreated, { token_id: id, user, groups: [...groups] }, context);

export const insertToken = (token: Token, context: OperationContext): Promise<void> =>
  transactWrite([tokenPut(token), created(token, context)]);

/** Stores a token only if none was ever stored this way; answers whether it was. */
export async function insertFirstToken(token: Token, context: OperationContext): Promise<boolean> {
  const mark = { pk: 'FIRST_TOKEN', sk: 'META', id: token.id };
  return conditionHeld(
    transactWrite([
      { table: tableName(), put: mark, condition: 'attribute_not_exists(pk)' },
      tokenPut(token),
      created(token, context),
    ]),
  );
}

/** Stores a program's token without an event, in place of one with the same id. */
export const putProgramToken = (token: Token): Promise<void> => writeOne(tokenPut(token));

export const deleteProgramToken = (id: string): Promise<void> =>
  writeOne({ table: tableName(), delete: tokenKey(id) });

/** Marks a token as revoked; false when somebody else has, or it is gone. */
export async function markRevoked(token: Token, context: OperationContext): Promise<boolean> {
  const { id, user } = token;
  return conditionHeld(
    transactWrite([
      {
        table: tableName(),
        key: tokenKey(id),
        update: 'SET revokedAt = :now, expiresAt = :expiresAt',
        condition: 'attribute_exists(pk) AND attribute_not_exists(revokedAt)',
        values: { ':now': token.revokedAt, ':expiresAt': rowExpiry(token) },
      },
      outbox(platform(), TokenRevoked, { token_id: id, user }, context),
    ]),
  );
}

/** Tokens by id, at most `limit`, after the one of that id. */
export async function listTokenPage(limit: number, after: string | undefined) {
  const { items, nextKey } = await queryPage<Token>({
    table: tableName(),
    condition: 'pk = :pk',
    values: { ':pk': TOKENS },
    limit,
    ...(after !== undefined && { startKey: tokenKey(after) }),
  });
  return { tokens: items, more: nextKey !== undefined };
}
