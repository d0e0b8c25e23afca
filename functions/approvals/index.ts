export { answerApproval, answersOf, escalateApproval, expireApproval } from './answer-approval.ts';
export type { Approval } from './approval.ts';
export { findApproval, findPendingPromotion } from './approval-store.ts';
export { requestApproval } from './request-approval.ts';
