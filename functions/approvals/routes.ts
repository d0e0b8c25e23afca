import { defineRoutes, type GatewayRoute } from '../shared/declare.ts';

const path = '/api/slipway/v1/approvals';

export const approvalsRoutes = defineRoutes([
  { operation: 'listApprovals', method: 'GET', path, fn: 'approvals' },
  { operation: 'getApproval', method: 'GET', path: `${path}/{id}`, fn: 'approvals' },
  { operation: 'approve', method: 'POST', path: `${path}/{id}/approve`, fn: 'approvals' },
  { operation: 'deny', method: 'POST', path: `${path}/{id}/deny`, fn: 'approvals' },
]);

export const approvalsGateway: GatewayRoute[] = [
  { fn: 'approvals', key: `GET ${path}` },
  { fn: 'approvals', key: `ANY ${path}/{proxy+}` },
];
