/**
 * Whether EventBridge Scheduler takes it: a name of the IANA data base. Offsets (`+05:00`), which
 * JavaScript would take too, are refused.
 */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
