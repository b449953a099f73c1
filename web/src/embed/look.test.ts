import { expect, test } from "vitest";
import { propertiesOf } from "./look";

const colors = { marker: "#1db3a5", "on-marker": "#04201d", paper: "#ffffff", ink: "#111111" };

test("colors are set where they are chosen, and a font where it stays inside its declaration", () => {
  expect(propertiesOf({ own: false, colors, font: " " })).toEqual({});
  expect(propertiesOf({ own: true, colors, font: " Georgia, serif " })).toEqual({
    "--marker": "#1db3a5",
    "--on-marker": "#04201d",
    "--paper": "#ffffff",
    "--ink": "#111111",
    "color-scheme": "light",
    background: "var(--paper)",
    "--text": "Georgia, serif",
  });
  const dark = { ...colors, paper: "#102030" };
  expect(propertiesOf({ own: true, colors: dark, font: "" })["color-scheme"]).toBe("dark");
  for (const font of ["a; color: red", "a } * {", "</style>", "a\\3b"])
    expect(propertiesOf({ own: false, colors, font })).toEqual({});
});
