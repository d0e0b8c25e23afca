import { defineRoutes, type GatewayRoute } from '../shared/declare.ts';

const models = '/api/slipway/v1/models/{name}/promotions';
const promotions = '/api/slipway/v1/promotions';

export const promotionRoutes = defineRoutes([
  { operation: 'listPromotions', method: 'GET', path: models, fn: 'promotion' },
  { operation: 'getPromotion', method: 'GET', path: `${promotions}/{id}`, fn: 'promotion' },
  {
    operation: 'revertPromotion',
    method: 'POST',
    path: `${promotions}/{id}/revert`,
    fn: 'promotion',
  },
]);

export const promotionGateway: GatewayRoute[] = [
  { fn: 'promotion', key: `GET ${models}` },
  { fn: 'promotion', key: `ANY ${promotions}/{proxy+}` },
];
