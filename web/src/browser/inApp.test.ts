import { expect, test } from "vitest";
import { isInApp } from "./inApp";

const iPhone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
const android = "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0";

test.each([
  `${iPhone} Mobile/15E148 Instagram 334.0.4.32.98 (iPhone14,5; iOS 17_5; de_DE)`,
  `${iPhone} Mobile/21F79 [FBAN/FBIOS;FBAV/466.0.0.41.105;FBBV/601;FBDV/iPhone14,5]`,
  `${android} Chrome/125.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/466.0.0.52.85;]`,
  `${android} Chrome/125.0 Mobile Safari/537.36 musical_ly_2023406050 BytedanceWebview/d8a21c6`,
])("a browser inside an app is recognized: %s", (agent) => expect(isInApp(agent)).toBe(true));

test.each([
  `${iPhone} Version/17.5 Mobile/15E148 Safari/604.1`,
  "Mozilla/5.0 (Linux; Android 14; SM-S911B) AppleWebKit/537.36 SamsungBrowser/20.0 Chrome/106.0 Mobile Safari/537.36",
])("a browser of its own is not: %s", (agent) => expect(isInApp(agent)).toBe(false));
