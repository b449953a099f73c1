// Holds the code in documents to the files that are compiled and run by tests: a comment names the file of the block
// that follows.
import { expect, test } from "vitest";

const documents = import.meta.glob<string>(["../../../docs/embed/frameworks.md", "../../packages/*/README.md"], {
  query: "?raw",
  import: "default",
  eager: true,
});
const files = import.meta.glob<string>("../../../e2e/browser/app/{src,node,next,html}/*", {
  query: "?raw",
  import: "default",
  eager: true,
});

const blocks = Object.entries(documents).flatMap(([document, text]) =>
  [...text.matchAll(/<!-- (\S+) -->\n```\w+\n(.*?)```\n/gs)].map(([, file = "", code = ""]) => ({
    document,
    file,
    code,
  })),
);

test.each(blocks)("$document shows $file", ({ file, code }) => {
  expect(code).toBe(files[`../../../${file}`]);
});

test("all code in TypeScript and every file is shown by a document", () => {
  expect(Object.keys(documents)).toHaveLength(3);
  for (const [document, text] of Object.entries(documents)) {
    const shown = blocks.filter((b) => b.document === document && !b.file.endsWith(".html"));
    const written = [...text.matchAll(/^```(tsx|ts)\n(?!\/\/ nuxt)/gm)];
    expect([document, written.length]).toEqual([document, shown.length]);
  }
  const unused = Object.keys(files).filter(
    (path) => !blocks.some((b) => path.endsWith(b.file)) && !/src\/(App|main|server)\.tsx$/.test(path),
  );
  expect(unused).toEqual([]);
});
