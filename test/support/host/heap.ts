import { readFileSync } from 'node:fs';

interface Answer {
  readonly id?: number;
  readonly result?: Record<string, never>;
  readonly method?: string;
  readonly params?: { readonly sessionId: string; readonly message?: string };
}

/** What a process holds once its garbage is collected, in MB. */
export interface Held {
  /** JavaScript objects of all its threads. */
  readonly heap: number;
  /** Memory of the process, by Linux's count. */
  readonly resident: number;
}

/**
 * Reads what a Node process holds through its inspector (`--inspect=127.0.0.1:<port>`), its worker
 * threads among it.
 */
export class HeapReader {
  private readonly pid: number;
  private readonly socket: WebSocket;
  private readonly workers = new Set<string>();
  private readonly waiting = new Map<string, (answer: Answer) => void>();
  private calls = 0;

  private constructor(pid: number, socket: WebSocket) {
    this.pid = pid;
    this.socket = socket;
    socket.onmessage = ({ data }) => this.take(JSON.parse(String(data)) as Answer, '');
  }

  static async connect(port: number, pid: number): Promise<HeapReader> {
    const list = await (await fetch(`http://127.0.0.1:${port}/json`)).json();
    const [{ webSocketDebuggerUrl: url }] = list as [{ webSocketDebuggerUrl: string }];
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    const reader = new HeapReader(pid, socket);
    await reader.call('', 'NodeWorker.enable', { waitForDebuggerOnStart: false });
    return reader;
  }

  async read(): Promise<Held> {
    let bytes = 0;
    for (const thread of ['', ...this.workers]) {
      await this.call(thread, 'HeapProfiler.collectGarbage');
      const { result } = await this.call(thread, 'Runtime.getHeapUsage');
      bytes += Number(result?.usedSize ?? 0);
    }
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    const kilobytes = Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]);
    return { heap: bytes / 2 ** 20, resident: kilobytes / 1024 };
  }

  close(): void {
    this.socket.close();
  }

  private call(thread: string, method: string, params: object = {}): Promise<Answer> {
    const id = ++this.calls;
    const answered = new Promise<Answer>((resolve) => this.waiting.set(`${thread} ${id}`, resolve));
    const message = JSON.stringify({ id, method, params });
    if (thread === '') this.socket.send(message);
    else {
      const inside = { sessionId: thread, message };
      const wrapped = {
        id: ++this.calls,
        method: 'NodeWorker.sendMessageToWorker',
        params: inside,
      };
      this.socket.send(JSON.stringify(wrapped));
    }
    return answered;
  }

  private take(answer: Answer, thread: string): void {
    const { id, method, params } = answer;
    if (id !== undefined) this.waiting.get(`${thread} ${id}`)?.(answer);
    if (!params) return;
    if (method === 'NodeWorker.attachedToWorker') this.workers.add(params.sessionId);
    if (method === 'NodeWorker.detachedFromWorker') {
      this.workers.delete(params.sessionId);
      // Nobody answers any more for a thread that has ended.
      for (const [key, resolve] of this.waiting) {
        if (key.startsWith(`${params.sessionId} `)) resolve({});
      }
    }
    if (method === 'NodeWorker.receivedMessageFromWorker') {
      this.take(JSON.parse(params.message ?? '{}') as Answer, params.sessionId);
    }
  }
}
