// The demo's account on the terminal.
import { stripVTControlCharacters } from 'node:util';

const codes = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], cyan: [36, 39] };
const width = 96;

/** @param {NodeJS.WriteStream} [stream] */
export function createPrinter(stream = process.stdout) {
  const colours = Boolean(stream.isTTY) && !process.env.NO_COLOR;
  const style = (name, text) => (colours ? `\x1b[${codes[name][0]}m${text}\x1b[${codes[name][1]}m` : text);
  let pending = false;

  function line(text = '') {
    if (pending) stream.write('\r\x1b[K');
    pending = false;
    stream.write(`${text}\n`);
  }

  function row(mark, what, text, seconds) {
    const left = `   ${mark} ${what.padEnd(9)} ${text}`;
    const gap = ' '.repeat(Math.max(1, width - stripVTControlCharacters(left).length));
    line(`${left}${gap}${style('dim', `${seconds.toFixed(1).padStart(4)} s`)}`);
  }

  return {
    line,

    /** What is going on; the next line takes its place. Only for somebody who is watching. */
    now(text) {
      if (!stream.isTTY) return;
      stream.write(`\r\x1b[K   ${style('dim', `… ${text}`)}`);
      pending = true;
    },

    title: (text) => line(style('bold', text)),
    note: (text) => line(`   ${style('cyan', '→')} ${text}`),
    error: (text) => line(`${style('red', '✗')} ${text}`),

    /** @param {{ ok: boolean, what: string, text: string, seconds: number }} row */
    row: ({ ok, what, text, seconds }) => row(ok ? style('green', '✓') : style('red', '✗'), what, text, seconds),

    /** Quoted text; the lines of a diff in their colours. */
    block(text) {
      for (const each of text.split('\n')) {
        const colour = each.startsWith('+') ? 'green' : each.startsWith('-') ? 'red' : undefined;
        line(`     ${style('dim', '│')} ${colour ? style(colour, each) : each}`);
      }
    },
  };
}
