import { HelmCdError } from '../../core/errors.js';
import { withoutControls } from '../../core/plain-text.js';
import type { RelayRequest } from '../provider.js';

/** Longer lists and texts are nobody's event. */
const MOST_ITEMS = 1000;
const LONGEST_TEXT = 2048;
const LONGEST_SHOWN = 100;

/** A text of the event as a message or a log may have it: short, on one line, in quotes. */
export function shown(text: string): string {
  const plain = withoutControls(text.slice(0, LONGEST_SHOWN));
  return JSON.stringify(text.length > LONGEST_SHOWN ? `${plain}…` : plain);
}

/** What a value is, in the words of JSON. */
function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** A value of an event and where it is. Reads own properties only: an event cannot bring values in by a prototype. */
export class EventField {
  readonly value: unknown;
  /** JSON path (RFC 9535): `$.event_data.resources[0].tag`. */
  readonly path: string;

  constructor(value: unknown, path = '$') {
    this.value = value;
    this.path = path;
  }

  /** Missing, or null, which several registries write instead of leaving a field out. */
  get absent(): boolean {
    return this.value === undefined || this.value === null;
  }

  /** Error `input` about this field. */
  wrong(expected: string): HelmCdError {
    return new HelmCdError('input', `The event’s ${this.path} is ${kindOf(this.value)}: ${expected} was expected.`, {
      hint: 'Is the source’s provider the registry that sends these events?',
    });
  }

  /**
   * A field of this object, which may be absent.
   * @throws HelmCdError `input` when this is no object.
   */
  get(key: string): EventField {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.wrong('an object');
    const path = /^[A-Za-z_]\w*$/.test(key) ? `${this.path}.${key}` : `${this.path}[${JSON.stringify(key)}]`;
    return new EventField(Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined, path);
  }

  /** The field at the end of the keys; absent as soon as one of them is. */
  find(...keys: readonly string[]): EventField {
    let field: EventField = new EventField(this.value, this.path);
    for (const key of keys) {
      const next: EventField = field.get(key);
      if (next.absent) return new EventField(undefined, next.path);
      field = next;
    }
    return field;
  }

  /** @throws HelmCdError `input` when it is no text, or a very long one. */
  text(): string {
    if (typeof this.value !== 'string') throw this.wrong('a text');
    if (this.value.length > LONGEST_TEXT) {
      throw new HelmCdError('input', `The event’s ${this.path} has more than ${LONGEST_TEXT} characters.`);
    }
    return this.value;
  }

  /** @throws HelmCdError `input` when it is no text, or the empty one. */
  someText(): string {
    const text = this.text();
    if (text === '') throw new HelmCdError('input', `The event’s ${this.path} is empty.`);
    return text;
  }

  /** @returns the empty text when it is absent. */
  textOrEmpty(): string {
    return this.absent ? '' : this.text();
  }

  /** @throws HelmCdError `input` when it is no list, `refused` when it is a very long one. */
  items(): readonly EventField[] {
    if (!Array.isArray(this.value)) throw this.wrong('a list');
    if (this.value.length > MOST_ITEMS) {
      throw new HelmCdError('refused', `The event’s ${this.path} has more than ${MOST_ITEMS} items.`);
    }
    return this.value.map((item: unknown, index) => new EventField(item, `${this.path}[${index}]`));
  }

  /** The keys of this object. */
  keys(): readonly string[] {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.wrong('an object');
    return Object.keys(value);
  }
}

/**
 * JSON that came as bytes.
 * @param what names it in the message.
 * @throws HelmCdError `input` when it is no UTF-8 or no JSON. The text itself is not repeated.
 */
export function parseJson(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch (cause) {
    throw new HelmCdError('input', `${what} is no JSON.`, { hint: 'Registries send events as JSON in UTF-8.', cause });
  }
}

/**
 * The event in a request's body.
 * @throws HelmCdError `input` when the body is no JSON object.
 */
export function readEvent(request: RelayRequest): EventField {
  const event = new EventField(parseJson(request.body, 'The request’s body'));
  event.keys();
  return event;
}
