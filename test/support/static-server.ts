import { readFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

export interface StaticServer {
  readonly url: string;
  /** The paths that were asked for, in order. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/**
 * Serves a folder's files on the loopback address: how helm's own HTTP consumers see a chart repository.
 * @param statusOf a status other than 200 for a request; 0 cuts the connection.
 */
export async function serveFolder(
  folder: string,
  statusOf: (path: string, request: http.IncomingMessage) => number | undefined = () => undefined,
): Promise<StaticServer> {
  const requests: string[] = [];
  const server = http.createServer((request, response) => {
    const name = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    requests.push(name);
    const status = statusOf(name, request) ?? 200;
    if (status === 0) return void request.socket.destroy();
    if (status !== 200) return void response.writeHead(status).end();
    readFile(path.join(folder, path.posix.normalize(name))).then(
      (data) => response.end(data),
      () => response.writeHead(404).end('not found'),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
