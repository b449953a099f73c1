import { beforeAll, beforeEach } from "vitest";
import { loadPageLocale } from "../text";
import { network } from "./network";

// The client stores the global fetch when it is loaded; tests set `network.answer` later.
globalThis.fetch = (input, init) => network.answer(new Request(input, init));

beforeAll(() => loadPageLocale());
beforeEach(() => localStorage.clear());
