import { defineRoutes, type GatewayRoute } from '../shared/declare.ts';

const path = '/api/slipway/v1/approvals';

export const approvalsRoutes = defineRoutes([
  { operation: 'listApprovals', method: 'GET', path, fn: 'approvals' },
  { operation: 'getApproval', method: 'GET', path: `${path}/{id}`, fn: 'approvals' },
  { operation: 'approve', method: 'POST', path: `${path}/{id}/approve`, fn: 'approvals' },
  { operation: 'deny', method: 'POST', path: `${path}/{id}/deny`, fn: 'approvals' },
  { operation: 'createLink', method: 'POST', path: `${path}/{id}/links`, fn: 'approvals' },
  // The token in the query stands for a login.
  {
    operation: 'showLink',
    method: 'GET',
    path: `${path}/{id}/answer`,
    fn: 'approvals',
    open: true,
  },
  {
    operation: 'answerByLink',
    method: 'POST',
    path: `${path}/{id}/answer`,
    fn: 'approvals',
    open: true,
  },
]);

export const approvalsGateway: GatewayRoute[] = [
  { fn: 'approvals', key: `GET ${path}` },
  { fn: 'approvals', key: `ANY ${path}/{proxy+}` },
  { fn: 'approvals', key: `GET ${path}/{id}/answer`, open: true },
  { fn: 'approvals', key: `POST ${path}/{id}/answer`, open: true },
];
