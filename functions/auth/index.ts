export { createProgramToken, endProgramToken } from './program-token.ts';
