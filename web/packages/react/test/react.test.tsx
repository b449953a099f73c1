import { act, createRef, StrictMode } from "react";
import { createRoot, hydrateRoot, type Root } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { StoryreelFeed, type StoryreelFeedElement, StoryreelUpload } from "../src/index";
import { loadElements } from "../src/load";

let container: HTMLElement;
let root: Root | undefined;
let origin: string;
let services = 0;
let scripts: HTMLScriptElement[];

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  origin = `https://stories-${++services}.test`; // scripts are loaded once for each
  scripts = [];
  vi.spyOn(document.head, "append").mockImplementation((...nodes) => scripts.push(...(nodes as HTMLScriptElement[])));
  container = document.body.appendChild(document.createElement("div"));
});
afterEach(() => {
  act(() => root?.unmount());
  root = undefined;
  container.remove();
});

const render = (node: React.ReactNode) =>
  act(() => {
    root ??= createRoot(container);
    root.render(node);
  });
const element = () => container.firstElementChild as HTMLElement;
const emit = (name: string, detail: unknown) =>
  element().dispatchEvent(new CustomEvent(`storyreel:${name}`, { detail, bubbles: true, composed: true }));
const settled = () => act(() => new Promise((done) => setTimeout(done)));

test("servers write the element with its attributes and what stands for it", () => {
  const html = renderToString(
    <StoryreelFeed campaign="songs" origin={origin} hashtag="Tag" className="wide" style={{ "--marker": "red" }}>
      <p>Loading</p>
    </StoryreelFeed>,
  );
  expect(html).toBe(
    '<storyreel-feed campaign="songs" hashtag="Tag" class="wide" style="--marker:red"><p>Loading</p></storyreel-feed>',
  );
  expect(scripts).toEqual([]);
});

test("pages take over what servers wrote, and load the script once", () => {
  const app = (
    <StrictMode>
      <StoryreelFeed campaign="songs" origin={origin} nonce="n0" />
      <StoryreelUpload campaign="songs" origin={origin + "/"} lang="de" />
    </StrictMode>
  );
  container.innerHTML = renderToString(app);
  const feed = element();
  const complaints = vi.spyOn(console, "error");
  act(() => void (root = hydrateRoot(container, app)));
  expect(complaints).not.toHaveBeenCalled();
  expect(element()).toBe(feed);
  expect(container.querySelector("storyreel-upload")?.getAttribute("lang")).toBe("de");
  expect(scripts.map((s) => [s.type, s.src, s.nonce])).toEqual([["module", `${origin}/embed.js`, "n0"]]);
});

test("events call the latest props with their details", () => {
  const seen: unknown[] = [];
  const app = (name: string) => (
    <StoryreelUpload
      campaign="songs"
      origin={origin}
      onProgress={({ sent, total }) => seen.push([name, sent, total])}
      onSubmitted={({ story }) => seen.push([name, story])}
      onError={({ code }) => seen.push([name, code])}
    />
  );
  render(app("first"));
  emit("progress", { sent: 1, total: 2 });
  render(app("second"));
  emit("submitted", { story: "s1" });
  emit("error", { code: "network", detail: "" });
  render(<StoryreelUpload campaign="songs" origin={origin} />);
  emit("error", { code: "network", detail: "" });
  expect(seen).toEqual([
    ["first", 1, 2],
    ["second", "s1"],
    ["second", "network"],
  ]);
});

test("other attributes reach the same element, with its ref and its listeners", () => {
  const ref = createRef<StoryreelFeedElement>();
  const seen: unknown[] = [];
  const app = (campaign: string, limit?: number) => (
    <StoryreelFeed
      ref={ref}
      {...{ campaign, origin, limit }}
      onError={({ code }) => seen.push(code)}
      onOpened={({ story }) => seen.push(story)}
    />
  );
  render(app("one", 3));
  const first = element();
  expect(ref.current).toBe(first);
  expect(first.getAttribute("limit")).toBe("3");
  render(app("two"));
  expect(element()).toBe(first);
  expect([first.getAttribute("campaign"), first.getAttribute("limit")]).toEqual(["two", null]);
  expect(ref.current).toBe(first);
  emit("error", { code: "network" });
  emit("opened", { story: "s1" });
  expect(seen).toEqual(["network", "s1"]);
});

test("a script that does not load is reported to each component, and loaded again by the next", async () => {
  const seen: string[] = [];
  const app = (
    <>
      <StoryreelFeed campaign="songs" origin={origin} onError={({ code, detail }) => seen.push(code, detail)} />
      <StoryreelUpload campaign="songs" origin={origin} onError={({ code }) => seen.push(code)} />
    </>
  );
  render(app);
  scripts[0]!.dispatchEvent(new Event("error"));
  await settled();
  expect(seen).toEqual(["script", `${origin}/embed.js did not load`, "script"]);
  act(() => root?.unmount());
  root = undefined;
  render(app);
  expect(scripts.map((s) => s.src)).toEqual([`${origin}/embed.js`, `${origin}/embed.js?retry=1`]);
  const loading = loadElements(origin, "storyreel-feed");
  scripts[1]!.dispatchEvent(new Event("load"));
  await loading;
  await settled();
  expect(seen).toHaveLength(3);
});

test("a failure after the component is gone is not reported", async () => {
  const onError = vi.fn();
  render(<StoryreelFeed campaign="songs" origin={origin} onError={onError} />);
  act(() => root?.unmount());
  root = undefined;
  scripts[0]!.dispatchEvent(new Event("error"));
  await settled();
  expect(onError).not.toHaveBeenCalled();
});

test("a page with the script of its own gets no other", () => {
  vi.spyOn(document, "scripts", "get").mockReturnValue([
    { src: `${origin}/embed.js` },
  ] as unknown as HTMLCollectionOf<HTMLScriptElement>);
  render(<StoryreelFeed campaign="songs" origin={origin} />);
  expect(scripts).toEqual([]);
});
