import { outbox } from '../events/outbox.ts';
import { type AliasMove, aliasMoveWrites } from '../registry/index.ts';
import { mapInChunks } from '../shared/chunks.ts';
import type { OperationContext } from '../shared/context.ts';
import {
  ConditionFailed,
  conditionHeld,
  getItem,
  key,
  queryAll,
  queryPage,
  transactWrite,
  type Write,
  writeOne,
} from '../shared/dynamo/index.ts';
import { requiredEnv } from '../shared/env.ts';
import { PromotionDecided, PromotionReverted } from './events.ts';
import { CHAMPION, type Promotion, type PromotionVerdict } from './promotion.ts';

const tableName = () => requiredEnv('REGISTRY_TABLE');
const promotionKey = (id: string) => ({ pk: key('PROMOTION', id), sk: 'META' });

/** A row's promotion without its keys. */
function toPromotion(row: Promotion & Record<string, unknown>): Promotion {
  const { pk: _pk, sk: _sk, promotionOf: _of, promotedAt: _at, ...promotion } = row;
  return promotion;
}

export async function findPromotion(id: string): Promise<Promotion | undefined> {
  const row = await getItem<Promotion & Record<string, unknown>>(tableName(), promotionKey(id));
  return row && toPromotion(row);
}

/** Promotions of a model, newest first, after a page's end. */
export async function listPromotions(
  model: string,
  options: { readonly limit: number; readonly startKey?: Record<string, unknown> },
) {
  const page = await queryPage<Promotion & Record<string, unknown>>({
    table: tableName(),
    index: 'byModel',
    condition: 'promotionOf = :model',
    values: { ':model': model },
    descending: true,
    limit: options.limit,
    ...(options.startKey && { startKey: options.startKey }),
  });
  return { promotions: page.items.map(toPromotion), nextKey: page.nextKey };
}

/** Lists promotions that were asked for at `since` or later under another name. */
export async function renameListed(from: string, to: string, since: string): Promise<void> {
  const rows = queryAll<Pick<Promotion, 'id'>>({
    table: tableName(),
    index: 'byModel',
    condition: 'promotionOf = :from AND promotedAt >= :since',
    values: { ':from': from, ':since': since },
  });
  const ids: string[] = [];
  for await (const { id } of rows) ids.push(id);
  await mapInChunks(ids, RENAMED_AT_ONCE, (id) => conditionHeld(writeOne(renameOf(id, from, to))));
}

const RENAMED_AT_ONCE = 25;

const renameOf = (id: string, from: string, to: string): Write => ({
  table: tableName(),
  key: promotionKey(id),
  update: 'SET promotionOf = :to, #model = :to',
  condition: 'promotionOf = :from',
  names: { '#model': 'model' },
  values: { ':from': from, ':to': to },
});

function promotionPut(promotion: Promotion): Write {
  return {
    table: tableName(),
    put: {
      ...promotionKey(promotion.id),
      promotionOf: promotion.model,
      promotedAt: `${promotion.created_at}#${promotion.id}`,
      ...promotion,
    },
    condition: 'attribute_not_exists(pk) OR #status <> :decided',
    names: { '#status': 'status' },
    values: { ':decided': 'DECIDED' },
  };
}

/** Keeps the evidence so far; answers false when the promotion is decided already. */
export async function savePromotion(promotion: Promotion): Promise<boolean> {
  return conditionHeld(writeOne(promotionPut(promotion)));
}

/**
 * Writes the decision, its event and, when promoted, the move of the champion alias: all or nothing.
 * Answers `changed` when the champion is no longer the one of the comparison or a version is gone.
 */
export async function commitDecision(
  promotion: Promotion,
  verdict: PromotionVerdict,
  context: OperationContext,
): Promise<'decided' | 'changed'> {
  const decided: Promotion = {
    ...promotion,
    status: 'DECIDED',
    verdict,
    decided_at: new Date(context.clock()).toISOString(),
  };
  const writes = [promotionPut(decided)];
  if (verdict === 'promoted') {
    const { model, id } = promotion;
    writes.push(...(await championMove(promotion, `promotion:${id}`, context)));
    if (writes.length === 1) throw new Error(`Promotion ${id} of ${model} moves nothing`);
  }
  try {
    await transactWrite([...writes, decisionEvent(decided, verdict, context)]);
    return 'decided';
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return error.index === 0 ? 'decided' : 'changed';
  }
}

function championMove(
  { model, challenger, champion }: Promotion,
  cause: string,
  context: OperationContext,
): Promise<Write[]> {
  const move: AliasMove = {
    model,
    alias: CHAMPION,
    version: Number(challenger),
    current: champion === null ? null : Number(champion),
    cause,
  };
  return aliasMoveWrites(move, context);
}

function decisionEvent(
  promotion: Promotion,
  verdict: PromotionVerdict,
  context: OperationContext,
): Write {
  const { evidence } = promotion;
  const comparison = evidence.comparison;
  return outbox(
    tableName(),
    PromotionDecided,
    {
      model: promotion.model,
      challenger: promotion.challenger,
      champion: promotion.champion,
      verdict,
      promotion_id: promotion.id,
      metric: evidence.metric ?? null,
      test: comparison?.test ?? null,
      estimate: comparison?.estimate ?? null,
      interval: comparison ? [...comparison.interval] : null,
      p_value: comparison?.p_value ?? null,
      n: comparison?.n ?? null,
      data_digest: evidence.data?.digest ?? null,
      text: promotion.text,
    },
    context,
  );
}

/** Moves the alias back and notes it; answers false when the champion is another one by now. */
export async function commitRevert(
  promotion: Promotion & { readonly champion: string },
  context: OperationContext,
): Promise<boolean> {
  const { id, model, challenger: from, champion: to } = promotion;
  const reverted = { at: new Date(context.clock()).toISOString(), by: context.actor.user };
  return conditionHeld(
    transactWrite([
      {
        table: tableName(),
        key: promotionKey(id),
        update: 'SET reverted = :reverted',
        condition: 'attribute_exists(pk)',
        values: { ':reverted': reverted },
      },
      ...(await aliasMoveWrites(
        {
          model,
          alias: CHAMPION,
          version: Number(to),
          current: Number(from),
          cause: `revert:${id}`,
        },
        context,
      )),
      outbox(tableName(), PromotionReverted, { model, promotion_id: id, from, to }, context),
    ]),
  );
}
