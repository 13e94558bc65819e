import https from 'node:https';

/**
 * The few requests to the API server that starting a cluster takes.
 *
 * @param {{ server: string, ca: Buffer, cert: Buffer, key: Buffer }} access
 * @returns {(method: string, path: string, body?: unknown) => Promise<any>} gives the parsed answer, or undefined for a 404
 */
export function kubeClient({ server, ca, cert, key }) {
  const agent = new https.Agent({ ca, cert, key, keepAlive: false });
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const headers = { accept: 'application/json', 'content-type': 'application/json' };
      const request = https.request(new URL(path, server), { method, headers, agent, timeout: 5000 }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part) => (text += part));
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode === 404) return resolve(undefined);
          if (response.statusCode < 300) return resolve(text.startsWith('{') ? JSON.parse(text) : text);
          reject(new Error(`${method} ${path}: ${response.statusCode} ${text.slice(0, 300)}`));
        });
      });
      request.on('timeout', () => request.destroy(new Error(`${method} ${path}: no answer in 5 s`)));
      request.on('error', reject);
      request.end(body && JSON.stringify(body));
    });
}
