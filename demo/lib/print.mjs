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

  /** What is going on; the next line takes its place. Only for somebody who is watching. */
  function now(text) {
    if (!stream.isTTY) return;
    stream.write(`\r\x1b[K   ${style('dim', `… ${text}`.slice(0, (stream.columns || 80) - 4))}`);
    pending = true;
  }

  function row(mark, what, text, seconds) {
    const left = `   ${mark} ${what.padEnd(9)} ${text}`;
    const gap = ' '.repeat(Math.max(1, width - stripVTControlCharacters(left).length));
    line(`${left}${gap}${style('dim', `${seconds.toFixed(1).padStart(4)} s`)}`);
  }

  /** Columns as wide as they need to be. @param {string[][]} rows the first one is the heading */
  function table(rows) {
    const widths = rows[0].map((_, column) => Math.max(...rows.map((cells) => cells[column].length)));
    for (const [index, cells] of rows.entries()) {
      const text = cells.map((cell, column) => cell.padEnd(widths[column])).join('  ');
      line(`   ${index === 0 ? style('dim', text) : text}`.trimEnd());
    }
  }

  return {
    line,
    table,

    now,

    /** Progress of something long: somebody who reads a log wants to see it, too. */
    progress: (text) => (stream.isTTY ? now(text) : line(`   … ${text}`)),

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
