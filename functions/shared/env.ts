/** The value of a required environment variable; its absence is a defect of the deployment. */
export function requiredEnv(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '')
    throw new Error(`Environment variable ${name} is missing`);
  return value;
}
