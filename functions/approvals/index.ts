export { answerApproval, expireApproval } from './answer-approval.ts';
export type { Approval } from './approval.ts';
export { findPendingApproval } from './approval-store.ts';
export { requestApproval } from './request-approval.ts';
