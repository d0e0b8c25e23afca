export { deleteAssessmentsOfRuns } from './assessments/delete-assessments-of-runs.ts';
export { countTracesOfIssue } from './links/link-store.ts';
