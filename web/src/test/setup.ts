import { beforeAll, beforeEach } from "vitest";
import { speakPage } from "../text";
import { network } from "./network";

// The client takes the fetch that it finds when it is first loaded; tests say later what answers.
globalThis.fetch = (input, init) => network.answer(new Request(input, init));

beforeAll(() => speakPage());
beforeEach(() => localStorage.clear());
