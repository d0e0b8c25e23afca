import type { Context, SQSEvent } from 'aws-lambda';
import { consumeEvents, on } from '../events/consume.ts';
import { RegisteredModelRenamed } from '../registry/events.ts';
import type { HttpEvent } from '../shared/http/api.ts';
import { jsonApi, parseValue } from '../shared/http/json-api.ts';
import { ModelVersionValidated } from '../validation/events.ts';
import { followRename } from './follow-rename.ts';
import { getPromotion, listPromotionsQuery, promotionsOf } from './get-promotion.ts';
import { revertPromotion } from './revert-promotion.ts';
import { promotionRoutes } from './routes.ts';
import { settlePromotion } from './settle-promotion.ts';
import { startPromotion } from './start-promotion.ts';

const http = jsonApi(promotionRoutes, 'promotion', {
  listPromotions: ({ params, query }) =>
    promotionsOf(params.name ?? '', parseValue(query, listPromotionsQuery)),
  getPromotion: ({ params }) => getPromotion(params.id ?? ''),
  revertPromotion: ({ params }, context) => revertPromotion(params.id ?? '', context),
});

const events = consumeEvents(
  [
    on(ModelVersionValidated, (data, context, metadata) =>
      startPromotion(data, context, metadata.id),
    ),
    on(RegisteredModelRenamed, followRename),
  ],
  settlePromotion,
);

export const handler = (event: HttpEvent | SQSEvent, context: Context) =>
  'Records' in event ? events(event, context) : http(event, context);
