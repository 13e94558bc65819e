/** Those who call the relay: registries, forgers, and clients that take their time. */
import { createHmac } from 'node:crypto';
import http from 'node:http';
import net from 'node:net';

export interface CallAnswer {
  /** 0: the connection ended without an answer. */
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface CallOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly agent?: http.Agent;
}

/** One request. A connection that is cut is an answer, too. */
export function call(
  url: string,
  { method = 'POST', headers = {}, body = '', agent }: CallOptions = {},
): Promise<CallAnswer> {
  return new Promise((resolve) => {
    const cut = () => {
      // A connection that was kept, and ended by the other side just now: the call was not seen, as every client knows.
      if (request.reusedSocket) call(url, { method, headers, body }).then(resolve, () => undefined);
      else resolve({ status: 0, headers: {}, body: '' });
    };
    const options = { method, headers, ...(agent === undefined ? {} : { agent }) };
    const request = http.request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', cut);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
    });
    request.on('error', cut);
    request.end(body);
  });
}

/** The headers of a signed event of GitHub's container registry. */
export function signedByGitHub(body: string, secret: string): Record<string, string> {
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  return {
    'content-type': 'application/json',
    'x-github-event': 'registry_package',
    'x-hub-signature-256': `sha256=${signature}`,
  };
}

/** As much of GitHub's event `registry_package` as says what was pushed. */
export function githubPackageEvent(image: string, tag: string, digest = ''): string {
  const metadata = { tag: { name: tag, digest }, manifest: { digest } };
  return JSON.stringify({
    action: 'published',
    registry_package: {
      name: image.slice(image.lastIndexOf('/') + 1),
      ecosystem: 'CONTAINER',
      package_type: 'CONTAINER',
      owner: { login: 'acme' },
      package_version: { package_url: `${image}:${tag}`, container_metadata: metadata },
    },
  });
}

/** As much of Docker Hub's event as says what was pushed. */
export function dockerHubEvent(repository: string, tag: string): string {
  const [namespace, name] = repository.split('/');
  return JSON.stringify({ push_data: { tag, pusher: 'ci' }, repository: { repo_name: repository, namespace, name } });
}

/**
 * Announces a body and sends a byte of it now and then, for as long as it is let.
 * @returns all that it was answered.
 */
export function slowly(port: number, path: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    let drip: NodeJS.Timeout | undefined;
    const socket = net.connect(port, '127.0.0.1', () => {
      const head = `POST ${path} HTTP/1.1\r\nHost: relay\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n`;
      socket.write(`${head}{`);
      drip = setInterval(() => socket.write(' '), 200);
    });
    socket.on('data', (chunk) => {
      answer += chunk.toString();
      // Whoever is answered stops: what comes after the end is answered with a reset.
      clearInterval(drip);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(drip);
      resolve(answer);
    });
  });
}

/** Hangs up in the middle of a body. */
export function hangUp(port: number, path: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => {
      const head = `POST ${path} HTTP/1.1\r\nHost: relay\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n`;
      socket.write(`${head}{"half":`, () => setTimeout(() => socket.destroy(), 20));
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
  });
}
