// The events of the elements. One line here adds an event with the type of its detail to a component's props.

export declare const detailOf: unique symbol;

/** An event whose detail has the type, which exists for the compiler only. */
export interface EventOf<Detail> {
  readonly [detailOf]?: Detail;
}
const event = <Detail>(): EventOf<Detail> => ({});

/** Events of both elements. */
const common = {
  /** Something failed; the element shows it, too. Code `script`: the service's script did not load. */
  error: event<{ code: string; detail: string }>(),
};

export const uploadEvents = {
  ...common,
  /** Bytes of the file that are sent, and its size. */
  progress: event<{ sent: number; total: number }>(),
  /** The file is complete; the id of its story. The story's token is never part of an event. */
  submitted: event<{ story: string }>(),
};

export const feedEvents = {
  ...common,
  /** A visitor, or the page by `open()`, opened a story; its id. */
  opened: event<{ story: string }>(),
  /** An opened story began to play; once each time it is opened. */
  played: event<{ story: string }>(),
  /** The link of a story went to the system's share sheet, to the clipboard, or is shown to be copied by hand. */
  shared: event<{ story: string; how: "shared" | "copied" | "byHand" }>(),
  /** The visitor narrowed the feed; an empty string: not by this. */
  filtered: event<{ song: string; country: string }>(),
};

export type Events = Record<string, EventOf<unknown>>;

/** The props of events: `onSubmitted` for `submitted`. */
export type EventProps<E extends Events> = {
  [Name in keyof E & string as `on${Capitalize<Name>}`]?:
    ((detail: E[Name] extends EventOf<infer Detail> ? Detail : never) => void) | undefined;
};

/** The name of an event's prop. */
export const propOf = (name: string): string => `on${name.charAt(0).toUpperCase()}${name.slice(1)}`;
