/** What the lane uses of playwright-core, which it installs beside the repository's packages. */
export interface Browser {
  newContext(options: object): Promise<Context>;
  close(): Promise<void>;
}

interface Context {
  newPage(): Promise<Page>;
  /** For every action; milliseconds. */
  setDefaultTimeout(timeout: number): void;
  close(): Promise<void>;
}

export interface Page {
  goto(url: string): Promise<unknown>;
  on(event: 'response', listener: (response: Response) => void): void;
  on(event: 'requestfailed', listener: (request: Request) => void): void;
  on(event: 'console', listener: (message: ConsoleMessage) => void): void;
  on(event: 'pageerror', listener: (error: Error) => void): void;
  getByText(text: string | RegExp): Locator;
  getByPlaceholder(text: string | RegExp): Locator;
  getByRole(role: string, options?: { name: string | RegExp }): Locator;
  locator(selector: string): Locator;
  readonly keyboard: {
    type(text: string): Promise<void>;
    press(key: string): Promise<void>;
  };
  waitForResponse(
    wanted: (response: Response) => boolean,
    options: { timeout: number },
  ): Promise<Response>;
  waitForLoadState(state: 'networkidle', options: { timeout: number }): Promise<void>;
  screenshot(options: { path: string }): Promise<unknown>;
}

export interface Locator {
  first(): Locator;
  last(): Locator;
  nth(index: number): Locator;
  getByRole(role: string, options?: { name: string | RegExp }): Locator;
  getByPlaceholder(text: string | RegExp): Locator;
  locator(selector: string): Locator;
  filter(options: { visible?: boolean; hasText?: string }): Locator;
  waitFor(options: { state: 'visible' | 'hidden'; timeout: number }): Promise<void>;
  click(): Promise<void>;
  fill(text: string): Promise<void>;
  press(key: string): Promise<void>;
}

interface Request {
  method(): string;
  url(): string;
  failure(): { readonly errorText: string } | null;
}

interface Response {
  status(): number;
  url(): string;
  request(): Request;
}

interface ConsoleMessage {
  type(): string;
  text(): string;
  location(): { readonly url: string };
}

interface Playwright {
  readonly chromium: { launch(options: object): Promise<Browser> };
}

export async function launch(playwright: string, executablePath: string): Promise<Browser> {
  const { chromium } = (await import(playwright)) as Playwright;
  const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
  return chromium.launch({ executablePath, args });
}
