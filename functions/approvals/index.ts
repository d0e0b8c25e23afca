export { expireApproval } from './answer-approval.ts';
export type { Approval } from './approval.ts';
export { requestApproval } from './request-approval.ts';
