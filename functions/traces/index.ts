export { countTracesOfIssue } from './links/link-store.ts';
