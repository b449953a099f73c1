// Holds texts that people write to a direction of their own: each stands in an element with dir, or in <bdi>.
import { parse, type AST } from "svelte/compiler";
import { expect, test } from "vitest";

const components = import.meta.glob<string>("../**/*.svelte", { query: "?raw", import: "default", eager: true });

/** Properties that hold what people write, of objects of the API and props of components. */
const written = new Set([
  ..."artist body by choice email file_name hashtag hint label name note".split(" "),
  ..."policy prompt reason tag text title value".split(" "),
]);
/** Objects whose texts are the service's own: texts of the UI, and what is made from them. */
const own = new Set("t text staff languages l state finding r failure".split(" "));
/** Components that show the service's own texts only. */
const ownComponents = ["ui/LanguageChoice.svelte", "ui/Trim.svelte"];

interface Node {
  type: string;
  [key: string]: unknown;
}

/** Whether an expression can result in a text that somebody wrote. */
export function isWritten(node: Node | undefined): boolean {
  if (!node) return false;
  const of = (key: string) => node[key] as Node;
  const list = (key: string) => (node[key] as Node[]) ?? [];
  switch (node.type) {
    case "Identifier":
      return written.has(node.name as string);
    case "MemberExpression":
      return written.has(of("property").name as string) && !own.has(root(node));
    case "CallExpression":
      if (of("callee").type === "MemberExpression" && !own.has(root(of("callee"))))
        return isWritten(of("callee").object as Node); // a method of a text
      return /^(storyTitle|title)$/.test((of("callee").name as string) ?? "");
    case "ArrayExpression":
      return list("elements").some(isWritten);
    case "ConditionalExpression":
      return isWritten(of("consequent")) || isWritten(of("alternate"));
    case "LogicalExpression":
      return isWritten(of("left")) || isWritten(of("right"));
    case "BinaryExpression":
      return node.operator === "+" && (isWritten(of("left")) || isWritten(of("right")));
    case "TemplateLiteral":
      return list("expressions").some(isWritten);
    case "TSAsExpression":
    case "TSNonNullExpression":
    case "ChainExpression":
      return isWritten(of("expression"));
  }
  return false;
}

function root(node: Node): string {
  while (node.type !== "Identifier") {
    const next = (node.object ?? node.callee ?? node.expression) as Node | undefined;
    if (!next) return "";
    node = next;
  }
  return node.name as string;
}

const directed = (node: Node) =>
  node.name === "bdi" ||
  ((node.attributes as Node[]) ?? []).some((a) => a.name === "dir" || a.type === "SpreadAttribute");

/** Places of texts without a direction, and of form fields for them. */
function undirected(path: string, code: string): string[] {
  const found: string[] = [];
  const at = (node: Node) => `${path}:${code.slice(0, node.start as number).split("\n").length}`;
  const visit = (node: unknown, inside: boolean) => {
    if (Array.isArray(node)) return node.forEach((child) => visit(child, inside));
    if (!node || typeof node !== "object") return;
    const n = node as Node;
    if (n.type === "Attribute" || n.type === "TitleElement") return; // no markup there
    if (n.type === "ExpressionTag") {
      if (!inside && isWritten(n.expression as Node))
        found.push(`${at(n)} ${code.slice(n.start as number, n.end as number)}`);
      return;
    }
    const element = n.type === "RegularElement";
    if (element && (n.name === "textarea" || n.name === "input") && !directed(n)) {
      const kind = ((n.attributes as Node[]).find((a) => a.name === "type")?.value as Node[] | undefined)?.[0]?.data;
      if (kind === undefined || kind === "text" || kind === "search") found.push(`${at(n)} <${n.name as string}>`);
    }
    const now = inside || (element && directed(n));
    for (const [key, child] of Object.entries(n)) if (key !== "attributes" && key !== "expression") visit(child, now);
  };
  visit((parse(code, { modern: true }) as AST.Root).fragment, false);
  return found;
}

test("every text that people write has a direction of its own", () => {
  const sources = Object.entries(components).map(([path, code]) => [path.replace("../", ""), code] as const);
  const found = sources.flatMap(([path, code]) => (ownComponents.includes(path) ? [] : undirected(path, code)));
  expect(found).toEqual([]);
});

test("the rule finds texts and fields without a direction", () => {
  const lines = [
    "<p>{story.song.title}</p>",
    '<p dir="auto">{story.song.title}</p>',
    "<p><bdi>{a.value}</bdi> {t.title}</p>",
    "<p>{[x.name, y].join(', ')}</p>",
    "{#each tags as tag}<li>#{tag}</li>{/each}",
    "<input bind:value={name} />",
    '<input type="checkbox" />',
  ];
  expect(undirected("x", lines.join("\n")).map((line) => line.split(" ")[0])).toEqual(["x:1", "x:4", "x:5", "x:6"]);
});
