import type { Failure } from "../lib/client";
import { dateTime } from "../lib/format";
import { staff } from "../text";

/** Why a decision was refused: who decided or claimed the story, and when, where the service names them. */
export function why(failure: Failure): string {
  const t = staff.review;
  const fact = (name: string) => (typeof failure.facts[name] === "string" ? (failure.facts[name] as string) : "");
  const time = (name: string) => (fact(name) ? dateTime(fact(name)) : "");
  if (fact("decided_by"))
    return t.decidedBy(fact("decided_by"), fact("decision").replaceAll("_", " "), time("decided_at"));
  if (fact("claimed_by")) return t.claimedBy(fact("claimed_by"), time("claimed_until"));
  return failure.message;
}
