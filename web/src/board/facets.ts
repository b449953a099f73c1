// The filters by name, and their values as people read them.
import type { Campaign } from "../lib/client";
import { country, languageName } from "../lib/format";
import { staff } from "../text";
import type { Board } from "./board.svelte";
import { defaultList } from "./lists.svelte";
import { type Filter, type FilterName, filterNames } from "./query.svelte";

/** One filter of the menu; a question of the campaign is a filter of its own. */
export interface Kind {
  name: FilterName;
  question?: string;
  label: string;
}

type Question = NonNullable<Campaign["questions"]>[number];

/** Questions with few possible answers. */
const counted = (q: Question) => q.kind === "choice" || q.kind === "yes_no";

/** All filters of a campaign, in the order of the menu. */
export function kinds(campaign: Campaign): Kind[] {
  const t = staff.board;
  return filterNames.flatMap((name): Kind[] =>
    name === "answer"
      ? (campaign.questions ?? []).filter(counted).map((q) => ({ name, question: q.id, label: q.label }))
      : [{ name, label: t.filters[name] }],
  );
}

/** The kind of a filter that is set, even of a question that is no longer asked. */
export function kindOf(campaign: Campaign, filter: Pick<Filter, "name" | "value">): Kind {
  const question = filter.name === "answer" ? filter.value.slice(0, filter.value.indexOf(":")) : undefined;
  const found = kinds(campaign).find((k) => k.name === filter.name && k.question === question);
  return found ?? { name: filter.name, question, label: question ?? filter.name };
}

/** The value of a filter as text. */
export function valueLabel(board: Board, { name, value }: Pick<Filter, "name" | "value">): string {
  const t = staff.board;
  switch (name) {
    case "country":
      return country(value);
    case "language":
      return languageName(value);
    case "orientation":
      return t.orientations[value as keyof typeof t.orientations] ?? value;
    case "duration":
      return t.lengths[value] ?? value;
    case "quality":
      return t.qualities[value] ?? value;
    case "answer": {
      const answer = value.slice(value.indexOf(":") + 1);
      return t.yesNo[answer] ?? answer;
    }
    case "shortlist":
      return listName(board.lists.find(value) ?? { id: value, name: "" });
    default:
      return value;
  }
}

/** A list's name; the one that every campaign has is named by the page. */
export const listName = (list: { id: string; name: string }): string =>
  list.id === defaultList ? staff.board.defaultList : list.name || staff.board.unknownList;

const ordered: Partial<Record<FilterName, string[]>> = {
  duration: ["0-15", "15-30", "30-60", "60-"],
  quality: ["high", "medium", "low"],
};

/** Values by number of stories; ordinal ones in their own order. */
export function inOrder<T extends { value: string }>(name: FilterName, values: T[]): T[] {
  const own = ordered[name];
  return own ? [...values].sort((a, b) => own.indexOf(a.value) - own.indexOf(b.value)) : values;
}
