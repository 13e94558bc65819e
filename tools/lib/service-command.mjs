// The command line that the servers have in common: `up` prints one line of JSON, `down` stops.
import { isMain, readArguments, runCommand } from './command-line.mjs';
import { ToolError } from './errors.mjs';

function portNumber(text) {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new ToolError(`--port is a number, not ${text}`);
  return port;
}

/**
 * Runs the command, if the module was started rather than imported.
 * @param {string} moduleUrl
 * @param {string} kind
 * @param {{ start: (options: object) => Promise<object>, stop: (options: { name: string }) => Promise<boolean>,
 *   options?: Record<string, { type: 'string', usage: string }> }} command options: besides --name and --port
 */
export async function serviceCommand(moduleUrl, kind, { start, stop, options = {} }) {
  if (!isMain(moduleUrl)) return;
  await runCommand(kind, async () => {
    const own = Object.entries(options).map(([key, { usage }]) => ` [--${key} ${usage}]`);
    const usage = `node tools/${kind}.mjs up --name N [--port P]${own.join('')} | down --name N`;
    const { positionals, values } = readArguments(usage, {
      options: { name: { type: 'string' }, port: { type: 'string' }, ...options },
    });
    const { name, port, ...rest } = values;
    const command = positionals.length === 1 ? positionals[0] : undefined;
    if (command === 'up' && name) {
      // Only the JSON goes to standard output.
      const info = await start({
        name,
        port: portNumber(port),
        ...rest,
        log: (line) => console.error(`${kind}: ${line}`),
      });
      console.log(JSON.stringify(info));
    } else if (command === 'down' && name) {
      console.error(`${kind}: ${name} ${(await stop({ name })) ? 'is down' : 'was not running'}`);
    } else {
      throw new ToolError(`usage: ${usage}`);
    }
  });
}
