// What one moderator narrows the queue by, kept in this browser for their account.
import { recall, remember } from "../browser/local";
import type { operations } from "../api";

type Params = NonNullable<operations["list-review-queue"]["parameters"]["query"]>;
type Narrowing = Pick<
  Params,
  "campaign" | "language" | "country" | "warning" | "unwarned" | "min_duration_ms" | "max_duration_ms"
>;

/** Stands for stories without any warning. */
export const unwarned = "none";

/** Bounds of the choices of length in milliseconds; 0 is open. */
export const lengths = { short: [0, 30_000], medium: [30_000, 60_000], long: [60_000, 0] } as const;
export type Length = keyof typeof lengths;

export interface FilterValues {
  campaign: string;
  languages: string[];
  countries: string[];
  /** A warning of the findings, or `unwarned`. */
  warning: string;
  length: Length | "";
}

export const everything: FilterValues = { campaign: "", languages: [], countries: [], warning: "", length: "" };

export class QueueFilter {
  values = $state.raw<FilterValues>(everything);
  #key = "";

  /** Takes up the filter that this user had last. */
  open(user: string): void {
    this.#key = `filter.${user}`;
    this.values = { ...everything, ...recall<Partial<FilterValues>>(this.#key) };
  }

  set(values: FilterValues): void {
    this.values = values;
    remember(this.#key, this.active ? values : undefined);
  }

  get active(): boolean {
    return JSON.stringify(this.values) !== JSON.stringify(everything);
  }

  /** As the service reads it, for the queue and for claims alike. */
  get params(): Narrowing {
    const { campaign, languages, countries, warning, length } = this.values;
    const [min, max] = length ? lengths[length] : [0, 0];
    return {
      ...(campaign && { campaign }),
      ...(languages.length && { language: languages }),
      ...(countries.length && { country: countries }),
      ...(warning && (warning === unwarned ? { unwarned: true } : { warning: [warning] })),
      ...(min && { min_duration_ms: min }),
      ...(max && { max_duration_ms: max }),
    };
  }
}
