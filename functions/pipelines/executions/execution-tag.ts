/** Tag of the runs and versions that an execution made. */
export const EXECUTION_TAG = 'slipway.execution_id';
